import { networkInterfaces } from 'node:os'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { TanboxError } from '../errors.ts'

/**
 * Refuses requests whose Host header does not name this box (DNS rebinding), and requests that change something
 * and come from another site (cross-site request forgery; the session cookie is SameSite=Strict besides).
 */
export function guardOrigin(server: FastifyInstance, hostnames: readonly string[]): void {
  const named = new Set(['localhost', ...hostnames.map((name) => name.toLowerCase())])

  server.addHook('onRequest', async (request) => {
    const host = hostnameOf(request.headers.host)
    if (host === null || !(named.has(host) || isAddressOfThisMachine(host)))
      throw new TanboxError('host-not-ours')
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseOtherSites(request)
  })
}

function refuseOtherSites(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new TanboxError('origin-not-ours')
  const origin = request.headers.origin
  if (origin === undefined) return
  let host: string
  try {
    host = new URL(origin).host
  } catch {
    throw new TanboxError('origin-not-ours')
  }
  if (host !== request.headers.host?.toLowerCase()) throw new TanboxError('origin-not-ours')
}

/** The host name of a Host header without port and brackets, lower case; null when it is not one. */
export function hostnameOf(header: string | undefined): string | null {
  if (header === undefined || !/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(header)) return null
  return header
    .replace(/:\d{1,5}$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
}

/** Addresses change when a cable is plugged in, so they are asked for each time. */
function isAddressOfThisMachine(host: string): boolean {
  if (host === '127.0.0.1' || host === '::1') return true
  return Object.values(networkInterfaces())
    .flat()
    .some((address) => address?.address.toLowerCase() === host)
}

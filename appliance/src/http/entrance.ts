import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Where the server is reached: loopback first, the configured address from the moment the box is claimed. */
export interface Entrance {
  readonly host: string
  readonly port: number
  /** Opens the configured address; requests under way on loopback go on. Does nothing when it is open already. */
  widen(): Promise<void>
  /** Takes no new requests and ends the connections after `graceMs`. */
  close(graceMs: number): Promise<void>
}

const loopback = '127.0.0.1'
const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'
const isLoopback = (host: string): boolean => host === 'localhost' || host === loopback

export async function openEntrance(
  fastify: FastifyInstance,
  settings: { host: string; port: number; claimed: boolean },
): Promise<Entrance> {
  await fastify.ready()
  let open: Server[] = []
  const left: Server[] = []

  const listen = async (host: string, port: number): Promise<Server> => {
    // Bodies are uploads of up to hundreds of megabytes over a slow network; answers may stream for longer.
    const server = createServer(
      { requestTimeout: 600_000, headersTimeout: 30_000, keepAliveTimeout: 65_000 },
      (request, response) => fastify.routing(request, response),
    )
    server.listen({ host, port })
    await once(server, 'listening')
    open.push(server)
    return server
  }

  // The command line always comes by loopback; a wildcard address includes it.
  const first = settings.claimed && isWildcard(settings.host) ? settings.host : loopback
  const { port } = (await listen(first, settings.port)).address() as AddressInfo
  let host = first

  async function widen(): Promise<void> {
    if (host === settings.host || isLoopback(settings.host)) return
    if (isWildcard(settings.host)) {
      // It cannot listen beside loopback on one port, so it takes its place; requests under way go on.
      left.push(...open)
      for (const server of open) server.close()
      open = []
    }
    try {
      await listen(settings.host, port)
      host = settings.host
    } catch (cause) {
      if (open.length === 0) await listen(loopback, port)
      throw cause
    }
  }

  if (settings.claimed) await widen()
  return {
    get host() {
      return host
    },
    port,
    widen,
    async close(graceMs) {
      const servers = [...open, ...left]
      for (const each of servers) each.closeIdleConnections()
      const timer = setTimeout(() => {
        for (const each of servers) each.closeAllConnections()
      }, graceMs)
      await Promise.all(servers.map((each) => new Promise((resolve) => each.close(resolve))))
      clearTimeout(timer)
      await fastify.close()
    },
  }
}

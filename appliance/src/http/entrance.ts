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
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.')

export async function openEntrance(
  fastify: FastifyInstance,
  settings: { host: string; port: number; claimed: boolean },
): Promise<Entrance> {
  await fastify.ready()
  const open = async (host: string, port: number): Promise<Server> => {
    const server = createServer(
      { requestTimeout: 0, headersTimeout: 30_000, keepAliveTimeout: 65_000 },
      (request, response) => fastify.routing(request, response),
    )
    server.listen({ host, port })
    await once(server, 'listening')
    return server
  }

  let host = settings.claimed || isLoopback(settings.host) ? settings.host : loopback
  let server = await open(host, settings.port)
  const port = (server.address() as AddressInfo).port
  const left: Server[] = []

  return {
    get host() {
      return host
    },
    port,
    async widen() {
      if (host === settings.host) return
      // A wildcard address and loopback cannot listen on one port together, so one replaces the other.
      left.push(server)
      server.close()
      host = settings.host
      server = await open(host, port)
    },
    async close(graceMs) {
      const servers = [server, ...left]
      server.close()
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

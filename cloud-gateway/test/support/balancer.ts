/** A plain TCP load balancer: each connection goes to the next target, or to the one that a test names. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Balancer {
  url: string
  /** All new connections go there; null: one after the other. Those that stand are left alone. */
  direct(port: number | null): void
  /** Ends the connections that stand. */
  cut(): void
}

export async function balance(t: Test, ports: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let next = 0
  let directed: number | null = null
  const server = createServer((near) => {
    const far = connect(directed ?? ports[next++ % ports.length]!, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    direct(port) {
      directed = port
    },
    cut,
  }
}

/** A stretch of network between box and gateway that a test can cut, stop and make forget. */
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Relay {
  url: string
  /** Connections so far. */
  readonly dialled: number
  /** Bytes that have come from the gateway, over all connections. */
  readonly carried: number
  /** Ends every connection that stands. */
  cut(): void
  /** Cuts as soon as so many more bytes have come from the gateway; these are delivered first. */
  cutAfter(bytes: number): void
  /** Lets nothing through any more, over the connections that stand, and tells nobody. */
  forget(): void
}

export async function relayTo(t: Test, url: string): Promise<Relay> {
  const { port: target, protocol } = new URL(url)
  const pairs = new Set<Socket>()
  const forgotten: Socket[] = []
  let dialled = 0
  let carried = 0
  let cutAt = Number.POSITIVE_INFINITY
  const cut = () => {
    cutAt = Number.POSITIVE_INFINITY
    for (const socket of pairs) socket.destroy()
    pairs.clear()
  }
  const server = createServer((near) => {
    dialled += 1
    const far = connect(Number(target), '127.0.0.1')
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      pairs.add(socket)
      socket.on('error', () => socket.destroy())
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far)
    far.on('data', (bytes) => {
      const room = cutAt - carried
      carried += Math.min(bytes.length, room)
      if (bytes.length < room) near.write(bytes)
      else near.write(bytes.subarray(0, room), cut)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    cut()
    for (const socket of forgotten) socket.destroy()
    server.close()
  })
  return {
    url: `${protocol}//127.0.0.1:${(server.address() as { port: number }).port}/`,
    get dialled() {
      return dialled
    },
    get carried() {
      return carried
    },
    cut,
    cutAfter(bytes) {
      cutAt = carried + bytes
    },
    forget() {
      for (const socket of pairs) forgotten.push(socket.unpipe().removeAllListeners('data').pause())
      pairs.clear()
    },
  }
}

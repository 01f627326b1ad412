import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { Test } from 'tap'

/** What goes over a connection, byte for byte, written down on its way. */
export interface Wiretap {
  url: string
  /** Request lines and headers, oldest first, in lower case; then the bodies' first lines and the statuses. */
  heads: string[]
  /** The first line of each posted body and the status that answered it, as `old 5: 409`. */
  posts: string[]
}

/** Stands on loopback before a server, and leaves everything as it is. One request at a time is expected. */
export async function tap(t: Test, port: number): Promise<Wiretap> {
  const heads: string[] = []
  const posts: string[] = []
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
    let asked = ''
    client.on('data', (bytes) => {
      asked += bytes.toString('latin1')
    })
    upstream.on('data', (bytes) => {
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1')) ?? []
      if (status === undefined || asked === '') return
      const [head = '', body = ''] = asked.split(/\r\n\r\n(.*)/s)
      heads.push(head.toLowerCase())
      posts.push(`${body.split('\n')[0]}: ${status}`)
      asked = ''
    })
    client.pipe(upstream).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heads, posts }
}

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** Gives upgrades of `/peer` to the peer sockets; there is no other. */
export function serveUpgrades(
  server: Server,
  accept: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] === '/peer') return accept(request, socket, head)
    refuseUpgrade(socket, '404 Not Found')
  })
}

/** How long the other end may take to close its side: an HTTP server leaves it half open. */
const closeMs = 1000

/** Answers an upgrade that is none with a status, and lets the connection go whatever the other end does. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  const late = setTimeout(() => socket.destroy(), closeMs).unref()
  socket.on('error', () => socket.destroy())
  socket.once('close', () => clearTimeout(late))
  socket.resume()
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

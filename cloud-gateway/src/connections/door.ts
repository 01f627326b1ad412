/** Before the upgrade: who is let in, who waits, who is turned away. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { clientAddress } from '../accounts/client-address.ts'
import type { Log } from '../log.ts'
import { limits, subprotocol } from '../protocol.ts'
import type { Handshakes } from './handshakes.ts'
import { BoxSocket } from './link.ts'
import type { Reception } from './reception.ts'
import type { Threshold } from './threshold.ts'

/** How long the peer may take to answer a close. */
const closeTimeout = 1000

export interface Door {
  /** As the `upgrade` event of an HTTP server gives it. */
  knock(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Nobody comes in any more. */
  shut(): void
}

export interface DoorCollaborators {
  handshakes: Handshakes
  reception: Reception
  /** Where peers are before they come in. */
  threshold: Pick<Threshold, 'cross'>
  /** Addresses whose X-Forwarded-For is believed when it is asked whose turn it is. */
  proxies: ReadonlySet<string>
  log: Log
}

export function createDoor(
  { handshakes, reception, threshold, proxies, log }: DoorCollaborators,
  random: () => number = Math.random,
): Door {
  let shut = false
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    maxFragments: 16,
    ...{ closeTimeout },
    WebSocket: BoxSocket as unknown as typeof WebSocket,
    handleProtocols: () => subprotocol,
  })

  function turnAway(socket: Duplex, [status, reason]: Refusal): void {
    log('upgrade-refused', { status })
    // Spread over some seconds: they would all come back at once.
    const later = status === 503 ? `Retry-After: ${1 + Math.floor(random() * 10)}\r\n` : ''
    // Servers of node:http leave the other half open: a peer that never closes would keep the file for ever.
    socket.once('finish', () => socket.destroy())
    socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\n${later}Content-Length: 0\r\n\r\n`)
  }

  return {
    knock(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const refusal = shut ? unavailable : judge(request)
      if (refusal) return turnAway(socket, refusal)
      const address = clientAddress(request, proxies)
      handshakes.join({
        address,
        enter() {
          if (!socket.readable || !socket.writable) {
            socket.destroy()
            return false
          }
          let opened = false
          // Calls back at once, or has answered with an error.
          sockets.handleUpgrade(request, socket, head, (opening) => {
            opened = true
            threshold.cross(socket as Socket)
            reception.receive(opening as BoxSocket, socket as Socket, address)
          })
          return opened
        },
        turnedAway: () => turnAway(socket, unavailable),
      })
    },
    shut() {
      shut = true
      handshakes.dismiss()
    },
  }
}

type Refusal = readonly [status: number, reason: string]
const unavailable: Refusal = [503, 'Service Unavailable']

function judge({ url, headers }: IncomingMessage): Refusal | null {
  if (url !== '/') return [404, 'Not Found']
  // Only browsers send it: no web page may speak to us in its visitor's name.
  if (headers.origin !== undefined) return [403, 'Forbidden']
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  return offered.includes(subprotocol) ? null : [426, 'Upgrade Required']
}

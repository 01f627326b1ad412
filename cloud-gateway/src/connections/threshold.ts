/**
 * Sockets on which nobody has come in yet: a TLS handshake or a request is under way, or an upgrade waits in line. They
 * cost the gateway memory and whoever opens them nothing, so they are bounded, and end at once when it stops.
 */
import type { Socket } from 'node:net'
import { networkOf } from '../accounts/client-address.ts'
import { createCrowd } from './crowd.ts'

type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>

export interface Threshold {
  readonly size: number
  /** As the `connection` event of a server gives it: with TLS, what lies below that. */
  step(socket: Socket): void
  /** Somebody has come in on it or, with TLS, above it. */
  cross(socket: Peer): void
  /** Ends all that are there. */
  clear(): void
}

export function createThreshold(most: number): Threshold {
  const crowd = createCrowd<Socket>(most)
  /** A TLS socket does not tell what it lies on, but both have the same peer. */
  const byPeer = new Map<string, Socket>()

  function leave(peer: Peer): void {
    const name = nameOf(peer)
    const socket = byPeer.get(name)
    if (!socket) return
    byPeer.delete(name)
    crowd.delete(addressOf(socket), socket)
    socket.off('close', onClose)
  }

  function onClose(this: Socket): void {
    leave(this)
  }

  return {
    get size() {
      return crowd.size
    },
    step(socket) {
      byPeer.set(nameOf(socket), socket)
      socket.on('close', onClose)
      crowd.add(addressOf(socket), socket)?.destroy()
    },
    cross: leave,
    clear() {
      for (const socket of crowd.clear()) socket.destroy()
    },
  }
}

const nameOf = ({ remoteAddress, remotePort }: Peer) => `${remoteAddress} ${remotePort}`
const addressOf = ({ remoteAddress = '' }: Peer) => networkOf(remoteAddress)

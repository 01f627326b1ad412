import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { isThisMachine, networkOf } from '../http/connections.ts'
import { refuseUpgrade } from '../http/upgrade.ts'
import type { SignerKey } from '../note/key.ts'
import type { Exchange, PeerRequest, PeerResponse } from '../peers/exchange.ts'
import type { Peer } from '../peers/registry.ts'
import { frameLimits, subprotocol } from './frames.ts'
import { closeCodes, HandshakeFailed, shakeHands } from './handshake.ts'
import { createRedial } from './redial.ts'
import { type SocketTiming, socketLimits, socketTiming } from './timing.ts'
import { closeSocket, openPeerSocket, type PeerSocket } from './web-socket.ts'

export type LinkPeer = Pick<Peer, 'id' | 'log' | 'urls'>

export interface LinksSettings {
  /**
   * Our log keys, the current one first. With an earlier one this box shows itself to peers that have not heard yet
   * that another log has begun: over the connection they hear it.
   */
  signers: () => readonly SignerKey[]
  /** Whom we talk to, by now. */
  peers: () => readonly LinkPeer[]
  /** Answers what a peer asks. */
  handle: (request: PeerRequest, from: string) => Promise<PeerResponse>
  onError: (error: unknown) => void
  timing?: Partial<SocketTiming>
  /** 0 up to 1. */
  random?: () => number
}

/** The open sockets of this box: one a peer, whoever of the two dialled it. */
export interface Links {
  /** Takes the upgrade of an HTTP request to `/peer`. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** The open socket of a peer. */
  find(id: string): Exchange | null
  /** Ids of the peers that are connected. */
  readonly connected: string[]
  close(): void
}

interface Link {
  peer: string
  socket: PeerSocket
  side: 'dialled' | 'accepted'
  /** Our own origin when we dialled, else the peer's: both ends see the same. */
  diallerId: string
  since: number
}

const options = {
  perMessageDeflate: false,
  maxPayload: frameLimits.frameBytes,
  maxFragments: 4,
} as const

/** Keeps a socket to every peer that has an address, and takes those of peers that dial. */
export function createLinks(settings: LinksSettings): Links {
  const timing = { ...socketTiming, ...settings.timing }
  const server = new WebSocketServer({ ...options, noServer: true, handleProtocols: () => subprotocol })
  const links = new Map<string, Link>()
  /** Handshakes under way, and from which network; null for those that we dialled. */
  const greeting = new Map<WebSocket, string | null>()
  let closed = false
  const redial = createRedial({
    timing,
    random: settings.random ?? Math.random,
    wanted: () => settings.peers().filter(({ id, urls }) => urls.length > 0 && !links.has(id)),
    dial,
  })
  const review = setInterval(() => {
    dropStrangers()
    redial.review(Date.now())
  }, timing.reviewMs)
  review.unref()

  const peerOf = (origin: string) => settings.peers().find(({ log }) => log.name === origin) ?? null

  const current = () => settings.signers()[0]!

  function dropStrangers(): void {
    const ids = new Set(settings.peers().map(({ id }) => id))
    for (const link of links.values())
      if (!ids.has(link.peer)) link.socket.close(closeCodes.refused, 'this box is no peer here')
  }

  /**
   * Resolves when the connection has ended, or come to nothing; to how many milliseconds it held. Where the peer does not
   * know our current log, it may know the one before.
   */
  async function dial(peer: LinkPeer, url: string): Promise<number> {
    for (const signer of settings.signers()) {
      const { heldMs, isUnknown } = await dialAs(signer, peer, url)
      if (!isUnknown || closed) return heldMs
    }
    return 0
  }

  function dialAs(
    signer: SignerKey,
    peer: LinkPeer,
    url: string,
  ): Promise<{ heldMs: number; isUnknown: boolean }> {
    const socket = new WebSocket(url, [subprotocol], {
      ...options,
      handshakeTimeout: timing.helloMs,
      followRedirects: false,
    })
    return new Promise((resolve) => {
      socket.once('error', () => resolve({ heldMs: 0, isUnknown: false }))
      socket.once('open', () => {
        const since = Date.now()
        greeting.set(socket, null)
        const greeted = greet(socket, 'dialled', signer, peer)
        socket.once('close', async (code) => {
          const isUnknown = code === closeCodes.refused && !(await greeted)
          resolve({ heldMs: Date.now() - since, isUnknown })
        })
      })
    })
  }

  /** Whether a link came of it. */
  async function greet(
    socket: WebSocket,
    side: Link['side'],
    signer: SignerKey,
    expected: LinkPeer | null,
  ): Promise<boolean> {
    socket.on('error', () => {})
    try {
      const keyOf = (origin: string) => {
        const peer = peerOf(origin)
        return peer && (!expected || peer.id === expected.id) ? peer.log : null
      }
      const { origin, early } = await shakeHands(socket, { signer, keyOf, side, helloMs: timing.helloMs })
      const peer = peerOf(origin)
      if (closed || !peer) throw new HandshakeFailed(closeCodes.goingAway, 'going away')
      if (!makeRoom(peer.id, side)) throw new HandshakeFailed(closeCodes.superseded, 'connected already')
      const handle = (request: PeerRequest) => answer(request, peer.id)
      const opened: PeerSocket = openPeerSocket(socket, early, handle, timing, () => {
        if (links.get(peer.id)?.socket === opened) links.delete(peer.id)
      })
      const diallerId = side === 'dialled' ? signer.name : origin
      if (opened.isOpen)
        links.set(peer.id, { peer: peer.id, socket: opened, side, diallerId, since: Date.now() })
      return true
    } catch (error) {
      if (!(error instanceof HandshakeFailed)) settings.onError(error)
      const { code, message } = error instanceof HandshakeFailed ? error : { code: 1011, message: 'failed' }
      closeSocket(socket, code, message)
      return false
    } finally {
      greeting.delete(socket)
    }
  }

  /**
   * Ends the connection that the peer had: it may be a dead one of before a restart. When both dialled at once, both
   * keep the one dialled by the box whose origin sorts first.
   */
  function makeRoom(id: string, side: Link['side']): boolean {
    const before = links.get(id)
    if (!before) return links.size < socketLimits.connections
    const crossed = before.side !== side && Date.now() - before.since < timing.crossedMs
    const mine = current().name
    const theirs = settings.peers().find((peer) => peer.id === id)?.log.name ?? ''
    if (crossed && before.diallerId === [mine, theirs].sort()[0]) return false
    before.socket.close(closeCodes.superseded, 'a newer connection took its place')
    return true
  }

  async function answer(request: PeerRequest, from: string): Promise<PeerResponse> {
    try {
      return await settings.handle(request, from)
    } catch (error) {
      settings.onError(error)
      return { status: 500, type: 'text/plain; charset=utf-8', body: Buffer.from('something went wrong\n') }
    }
  }

  /** Places are few, and each is held for seconds by whoever says nothing: nobody gets all of them. */
  function hasPlace({ socket }: IncomingMessage): boolean {
    const accepted = [...greeting.values()].filter((it) => it !== null)
    if (accepted.length >= socketLimits.handshakes) return false
    const network = networkOf(socket.remoteAddress ?? '')
    const ofOne = accepted.filter((it) => it === network).length
    return isThisMachine(network) || ofOne < socketLimits.handshakesOfOne
  }

  function refusal(request: IncomingMessage): string | null {
    if (closed || !hasPlace(request)) return '503 Service Unavailable'
    // Only browsers send it: no web page may speak to us in its visitor's name.
    if (request.headers.origin !== undefined) return '403 Forbidden'
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    return offered.includes(subprotocol) ? null : '426 Upgrade Required'
  }

  return {
    accept(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const reason = refusal(request)
      if (reason === null)
        server.handleUpgrade(request, socket, head, (opened) => {
          greeting.set(opened, networkOf(request.socket.remoteAddress ?? ''))
          void greet(opened, 'accepted', current(), null)
        })
      else refuseUpgrade(socket, reason)
    },
    find: (id) => links.get(id)?.socket ?? null,
    get connected() {
      return [...links.keys()]
    },
    close() {
      closed = true
      clearInterval(review)
      redial.stop()
      for (const socket of greeting.keys()) closeSocket(socket, closeCodes.goingAway, 'going away')
      for (const { socket } of [...links.values()]) socket.close(closeCodes.goingAway, 'going away')
      server.close()
    },
  }
}

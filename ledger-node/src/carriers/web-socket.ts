import type { RawData, WebSocket } from 'ws'
import type { Exchange } from '../peers/exchange.ts'
import { createAnswering, type Handle } from './answering.ts'
import { createAsking } from './asking.ts'
import { decodeFrame, FrameError } from './frames.ts'
import { closeCodes, type Early } from './handshake.ts'
import { createOutlet } from './outlet.ts'
import type { SocketTiming } from './timing.ts'

/** A socket whose two ends know each other: both may ask. */
export interface PeerSocket extends Exchange {
  readonly isOpen: boolean
  close(code: number, reason: string): void
}

/** How long the other end may take to answer a close. */
const closeMs = 1000

/**
 * Makes an exchange of a socket after the handshake.
 * @param early what came in before anyone could listen
 * @param onClosed called once, with the code and reason of whichever end closed
 */
export function openPeerSocket(
  socket: WebSocket,
  early: readonly Early[],
  handle: Handle,
  timing: SocketTiming,
  onClosed: (code: number, reason: string) => void,
): PeerSocket {
  let over = false
  const outlet = createOutlet(socket, timing.stalledMs, () => {
    finish(closeCodes.tooSlow, 'the peer does not read')
    // It will not read the close frame either.
    socket.terminate()
  })
  const asking = createAsking(outlet, timing.silenceMs)
  const answering = createAnswering(outlet, handle)
  const stopHeartbeat = watchHeartbeat(socket, timing.heartbeatMs, () => {
    finish(closeCodes.silent, 'no sign of life')
    socket.terminate()
  })
  socket.on('message', receive)
  // ws closes by itself after a frame it cannot take: 1002, 1007, 1009.
  socket.on('error', (error) => finish(1002, error.message))
  socket.on('close', (code, reason) => finish(code, reason.toString()))

  function receive(data: RawData, isBinary: boolean): void {
    if (over) return
    try {
      if (!isBinary) throw new FrameError('a text after the handshake')
      const frame = decodeFrame(data as Buffer)
      if (frame.kind === 'response' || frame.kind === 'response-data') asking.receive(frame)
      else answering.receive(frame)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      close(closeCodes.malformed, error.message)
    }
  }

  function close(code: number, reason: string): void {
    if (over) return
    closeSocket(socket, code, reason)
    finish(code, reason)
  }

  function finish(code: number, reason: string): void {
    if (over) return
    over = true
    stopHeartbeat()
    asking.end(`the connection was closed (${code}${reason && `: ${reason}`})`)
    answering.end()
    onClosed(code, reason)
  }

  for (const { data, isBinary } of early) receive(data, isBinary)

  return {
    request: (request, limits) => asking.request(request, limits),
    get isOpen() {
      return !over
    },
    close,
  }
}

export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, Buffer.from(reason).subarray(0, 120).toString('latin1'))
  setTimeout(() => socket.terminate(), closeMs).unref()
}

/** A ping now and then; whoever misses two has gone, or its network has. */
function watchHeartbeat(socket: WebSocket, everyMs: number, onDead: () => void): () => void {
  let missed = 0
  const alive = () => {
    missed = 0
  }
  socket.on('pong', alive)
  const timer = setInterval(() => {
    if (missed >= 2) return onDead()
    missed += 1
    socket.ping()
  }, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    socket.off('pong', alive)
  }
}

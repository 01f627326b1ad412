import { WebSocket } from 'ws'
import { encodeFrame, type Frame, frameLimits } from './frames.ts'
import { socketLimits } from './timing.ts'

/** The sending side of a socket: frames of several requests take turns, and nothing piles up in memory. */
export interface Outlet {
  /** Resolves when there is room for the next one. */
  send(frame: Frame): Promise<void>
  /** A body in frames of at most 64 KiB; ends early, without an error, when `wanted` says so. */
  sendBody(
    kind: 'request-data' | 'response-data',
    id: number,
    body: Uint8Array,
    wanted: () => boolean,
  ): Promise<void>
}

/** @param onStalled called when the other end has read nothing for `stalledMs` */
export function createOutlet(socket: WebSocket, stalledMs: number, onStalled: () => void): Outlet {
  const waiting: (() => void)[] = []
  let stalled: NodeJS.Timeout | undefined
  const release = () => {
    clearTimeout(stalled)
    stalled = undefined
    for (const go of waiting.splice(0)) go()
  }
  socket.once('close', release)
  const isFull = () =>
    socket.readyState === WebSocket.OPEN && socket.bufferedAmount > socketLimits.highWaterBytes
  const written = () => {
    if (waiting.length > 0 && !isFull()) release()
  }
  const room = (): Promise<void> => {
    if (!isFull()) return Promise.resolve()
    stalled ??= setTimeout(onStalled, stalledMs)
    return new Promise((go) => waiting.push(go))
  }
  const send = (frame: Frame): Promise<void> => {
    if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame), written)
    return room()
  }
  return {
    send,
    async sendBody(kind, id, body, wanted) {
      for (let from = 0; from < body.length && wanted(); from += frameLimits.dataBytes) {
        const bytes = Buffer.from(body.subarray(from, from + frameLimits.dataBytes))
        await send({ kind, id, bytes })
      }
    },
  }
}

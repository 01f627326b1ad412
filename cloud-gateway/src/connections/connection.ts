/** The gateway's end of one WebSocket: whole, valid messages in and out, or a close code. */
import { type RawData, WebSocket } from 'ws'
import {
  type BoxMessage,
  closeCodes,
  type GatewayMessage,
  ProtocolError,
  readBoxMessage,
} from '../protocol.ts'
import { type GatewayTiming, gatewayLimits } from '../timing.ts'
import { watchHeartbeat } from '../wire/heartbeat.ts'

/** How long the box may take to answer a close. */
const closeMs = 1000

export interface Connection {
  send(message: GatewayMessage): void
  /** Resolves when the unsent bytes are few, or the connection is closed. */
  ready(): Promise<void>
  close(code: number, reason: string): void
}

export interface ConnectionEvents {
  /** May throw ProtocolError: the connection is closed as malformed. `bytes` is the length of the frame. */
  message(message: BoxMessage, bytes: number): void
  /** Once, with our code when we closed, else the box's. */
  closed(code: number, reason: string): void
}

export function openConnection(
  socket: WebSocket,
  timing: GatewayTiming,
  events: ConnectionEvents,
): Connection {
  const allowance = createAllowance()
  let waiting: (() => void)[] = []
  let stalled: NodeJS.Timeout | null = null
  let over = false

  const stopHeartbeat = watchHeartbeat(
    socket,
    () => close(closeCodes.heartbeat, 'no sign of life'),
    timing.heartbeat,
  )
  socket.on('message', (data, isBinary) => receive(data, isBinary))
  socket.on('ping', () => {
    if (!allowance()) close(closeCodes.rate, 'too many frames')
  })
  // ws closes with 1002, 1007 or 1009 by itself after a frame it cannot take.
  socket.on('error', (error) => finish(1002, error.message))
  socket.on('close', (code, reason) => finish(code, reason.toString()))

  function receive(data: RawData, isBinary: boolean): void {
    if (over) return
    try {
      if (!allowance()) close(closeCodes.rate, 'too many frames')
      else if (isBinary) throw new ProtocolError('a binary frame')
      else events.message(readBoxMessage(data.toString()), (data as Buffer).length)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      close(closeCodes.malformed, error.message)
    }
  }

  function close(code: number, reason: string): void {
    if (over) return
    socket.close(
      code,
      Buffer.from(reason)
        .subarray(0, 120)
        .toString('utf8')
        .replace(/\ufffd+$/, ''),
    )
    setTimeout(() => socket.terminate(), closeMs).unref()
    finish(code, reason)
  }

  function cutOff(): void {
    close(closeCodes.tooSlow, 'the box does not read')
    // It will not read the close frame either.
    socket.terminate()
  }

  function finish(code: number, reason: string): void {
    if (over) return
    over = true
    stopHeartbeat()
    release()
    events.closed(code, reason)
  }

  function release(): void {
    if (stalled) clearTimeout(stalled)
    stalled = null
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function flushed(): void {
    if (waiting.length > 0 && socket.bufferedAmount <= gatewayLimits.lowWaterBytes) release()
  }

  return {
    send(message) {
      if (socket.readyState !== WebSocket.OPEN || over) return
      socket.send(JSON.stringify(message), flushed)
      // Answers wait in `ready`; this is for a box that provokes short messages without end.
      if (socket.bufferedAmount > gatewayLimits.mostUnsentBytes) cutOff()
    },
    ready() {
      if (over || socket.bufferedAmount <= gatewayLimits.highWaterBytes) return Promise.resolve()
      stalled ??= setTimeout(cutOff, timing.stalledMs)
      return new Promise((resolve) => waiting.push(resolve))
    },
    close,
  }
}

/** Counts frames against a bucket that refills steadily; false when it is empty. */
function createAllowance(): () => boolean {
  let left: number = gatewayLimits.frameBurst
  let at = performance.now()
  return () => {
    const now = performance.now()
    left = Math.min(gatewayLimits.frameBurst, left + ((now - at) / 1000) * gatewayLimits.framesPerSecond)
    at = now
    if (left < 1) return false
    left -= 1
    return true
  }
}

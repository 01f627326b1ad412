/**
 * The gateway's end of one WebSocket: whole, valid messages in and out, or a close code. Ten thousand of these are
 * idle at a time: listeners are shared functions, and what only a box with questions needs is made when it asks.
 */
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { BoxDesk } from '../answers/box-desk.ts'
import type { Outlet } from '../answers/outlet.ts'
import { type BoxMessage, closeCodes, ProtocolError, readBoxMessage } from '../protocol.ts'
import type { GatewayLimits } from '../timing.ts'
import { textFrame } from '../wire/text-frame.ts'
import { type Allowance, spend } from './allowance.ts'
import type { Beating } from './heartbeat-wheel.ts'

/** What happens on a connection; one object for all of them. */
export interface LinkEvents {
  /** May throw ProtocolError: the connection is closed as malformed. `bytes` is the length of the frame. */
  message(link: Link, message: BoxMessage, bytes: number): void
  /** Once, with our code when we closed, else the box's. */
  closed(link: Link, code: number, reason: string): void
  /** Something that must not happen; the connection is closed. */
  fault(link: Link, error: unknown): void
  readonly limits: GatewayLimits
}

/** `judging`: who this is is being found out; nothing may be said meanwhile. */
export type Phase = 'greeted' | 'judging' | 'open' | 'closed'

/** What a connection lies on, plain or TLS. */
export interface RawSocket extends Duplex {
  readonly bytesRead: number
}

export class BoxSocket extends WebSocket {
  link: Link | null = null
}

export class Link implements Beating, Allowance {
  phase: Phase = 'greeted'
  /** Set with the welcome. */
  box = ''
  key = ''
  generation = 0
  /** What the box had to sign. */
  readonly nonce: string
  /** The box announced that it takes `quota`. */
  hearsQuota = false
  /** A new key is being written for this box. */
  rotating: string | null = null
  left: number
  at = performance.now()
  desk: BoxDesk | null = null
  outlet: Outlet | null = null
  /** Frames sent that allow the box as many. */
  earned = 0
  /** Called when the socket has taken what an answer sent. */
  taken: (() => void) | undefined = undefined
  /** Frames that leave together, soon; null: none. */
  #leaving: Buffer[] | null = null
  #leavingBytes = 0
  /** Something has left in this turn of the event loop. */
  #left = false
  readonly #socket: BoxSocket
  readonly #raw: RawSocket
  readonly #events: LinkEvents

  constructor(socket: BoxSocket, raw: RawSocket, nonce: string, events: LinkEvents) {
    this.#socket = socket
    this.#raw = raw
    this.#events = events
    this.nonce = nonce
    this.left = events.limits.frameBurst
    socket.link = this
    socket.on('message', onMessage)
    socket.on('ping', onPing)
    socket.on('pong', onPing)
    socket.on('error', onError)
    socket.on('close', onClose)
  }

  get bytesRead(): number {
    return this.#raw.bytesRead
  }

  get unsentBytes(): number {
    return this.#raw.writableLength + this.#leavingBytes
  }

  /** The socket is free, and all that is unsent leaves in this turn of the event loop. */
  get leaving(): boolean {
    return this.#leavingBytes > 0 && this.#raw.writableLength === 0
  }

  /** `taken` is called when the socket has taken the message. */
  send(message: string, taken?: () => void): void {
    if (this.phase === 'closed' || this.#socket.readyState !== WebSocket.OPEN) return
    if (this.outlet && !taken) this.sendFrame(textFrame(nothing, message))
    else this.#socket.send(message, taken)
    this.#bound()
  }

  /**
   * A whole frame, past the sender of ws: that makes two pieces of each, and holds nothing back as long as it neither
   * compresses nor sends blobs, so the order stays.
   */
  sendFrame(frame: Buffer): void {
    if (this.phase === 'closed' || this.#socket.readyState !== WebSocket.OPEN) return
    this.#leavingBytes += frame.length
    if (this.#leaving) {
      this.#leaving.push(frame)
      return
    }
    this.#leaving = [frame]
    if (!this.#left) process.nextTick(leave, this)
  }

  /**
   * A model server may send many tokens in one read: the first is on its way when the others come, so these are
   * gathered, and all leave together. What comes with further reads of the same turn leaves at its end.
   */
  leave(): void {
    if (this.#leaving === null) return
    this.desk?.leaving()
    this.#writeLeaving()
    if (this.#left) return
    this.#left = true
    if (turn.length === 0) setImmediate(endTurn)
    turn.push(this)
  }

  turnEnds(): void {
    this.leave()
    this.#left = false
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping()
  }

  dead(): void {
    this.close(closeCodes.heartbeat, 'no sign of life')
    this.#socket.terminate()
  }

  close(code: number, reason: string): void {
    if (this.phase === 'closed') return
    // At most 123 bytes; never half a character.
    const short = Buffer.from(reason)
      .subarray(0, 120)
      .toString('utf8')
      .replace(/\ufffd+$/, '')
    this.#writeLeaving()
    this.finish(code, reason)
    this.#socket.close(code, short)
  }

  receive(data: Buffer, isBinary: boolean): void {
    if (this.phase === 'closed') return
    try {
      if (!this.#allowed(data.length)) return
      if (isBinary) throw new ProtocolError('a binary frame')
      this.#events.message(this, readBoxMessage(data.toString()), data.length)
    } catch (error) {
      this.fail(error)
    }
  }

  /** A message that the protocol does not allow, or a fault of ours: the connection ends, and nothing else. */
  fail(error: unknown): void {
    if (error instanceof ProtocolError) {
      this.close(closeCodes.malformed, error.message)
    } else {
      this.#events.fault(this, error)
      this.close(closeCodes.fault, 'the gateway failed')
    }
  }

  pinged(bytes: number): void {
    // The answer to a ping waits in the socket as well.
    if (this.phase !== 'closed' && this.#allowed(bytes)) this.#bound()
  }

  finish(code: number, reason: string): void {
    if (this.phase === 'closed') return
    this.phase = 'closed'
    this.#events.closed(this, code, reason)
  }

  #writeLeaving(): void {
    const frames = this.#leaving
    if (frames === null) return
    const bytes = this.#leavingBytes
    this.#leaving = null
    this.#leavingBytes = 0
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#raw.write(frames.length === 1 ? frames[0] : Buffer.concat(frames, bytes), this.taken)
  }

  /** Text waits outside; this is for a box that provokes short messages without end and reads none. */
  #bound(): void {
    if (this.#socket.bufferedAmount + this.#leavingBytes > this.#events.limits.mostUnsentBytes) {
      this.close(closeCodes.tooSlow, 'the box does not read')
    }
  }

  #allowed(bytes: number): boolean {
    const { earned } = this
    this.earned = 0
    if (spend(this, { bytes, earned, now: performance.now() }, this.#events.limits)) return true
    this.close(closeCodes.rate, 'too many frames')
    return false
  }
}

const nothing = Buffer.alloc(0)
const leave = (link: Link) => link.leave()

/** Connections over which something has left in this turn. */
let turn: Link[] = []

function endTurn(): void {
  const links = turn
  turn = []
  for (const link of links) link.turnEnds()
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  ;(this as BoxSocket).link?.receive(data as Buffer, isBinary)
}

function onPing(this: WebSocket, data: Buffer): void {
  ;(this as BoxSocket).link?.pinged(data.length)
}

/** ws closes with 1002, 1007, 1008 or 1009 by itself after a frame it cannot take; `close` says which. */
function onError(this: WebSocket): void {}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  ;(this as BoxSocket).link?.finish(code, reason.toString())
}

/**
 * The connection as the answers of its box see it; made when the box first has one. `taken` is called when the socket
 * has taken something.
 */
export function outletOf(link: Link, taken: () => void): Outlet {
  link.taken = taken
  return {
    generation: link.generation,
    get unsentBytes() {
      return link.unsentBytes
    },
    get leaving() {
      return link.leaving
    },
    send: (message) => link.send(message),
    sendFrame(frame) {
      link.earned += 1
      link.sendFrame(frame)
    },
    close: (code, reason) => link.close(code, reason),
  }
}

/**
 * A box at its desk without a socket in between: what the desk sends waits in `wire` until the test delivers it, so
 * that a test can cut the line between any two messages.
 */
import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import type { BoxDesk, DeskCollaborators } from '../../src/answers/box-desk.ts'
import { createDesks, type Desks } from '../../src/answers/desks.ts'
import type { Outlet } from '../../src/answers/outlet.ts'
import { createSettlements } from '../../src/answers/settlements.ts'
import type { AskError } from '../../src/errors.ts'
import type { LogFields } from '../../src/log.ts'
import type { Observation } from '../../src/operator/observer.ts'
import { type GatewayMessage, limits, readGatewayMessage, sha256Hex } from '../../src/protocol.ts'
import { type GatewayLimits, type GatewayTiming, gatewayLimits, gatewayTiming } from '../../src/timing.ts'
import { newRid, question } from './questions.ts'
import { type ScriptedAccounts, scriptedAccounts } from './scripted-accounts.ts'
import { type ScriptedRouter, scriptedRouter } from './scripted-router.ts'
import { unlimited } from './unlimited.ts'

export interface DeskBench {
  desks: Desks
  accounts: ScriptedAccounts
  router: ScriptedRouter
  observed: Observation[]
  log: { event: string; fields: LogFields }[]
  refusal: { present: AskError | null }
  close(): void
}

export function deskBench({
  router = scriptedRouter(),
  timing = {},
  bounds = {},
}: {
  router?: ScriptedRouter
  timing?: Partial<GatewayTiming>
  bounds?: Partial<GatewayLimits>
} = {}): DeskBench {
  const accounts = scriptedAccounts()
  const observed: Observation[] = []
  const log: DeskBench['log'] = []
  const write = (event: string, fields: LogFields = {}) => void log.push({ event, fields })
  const settlements = createSettlements(accounts, write, { firstMs: 1, lastMs: 5 })
  const refusal: DeskBench['refusal'] = { present: null }
  const collaborators: Omit<DeskCollaborators, 'away' | 'tooMuchAway' | 'counts'> = {
    ...{ accounts, router, settlements, log: write, process: 'p1' },
    observer: { observe: (observation) => void observed.push(observation) },
    timing: { ...gatewayTiming, ...timing },
    limits: { ...gatewayLimits, ...bounds },
    refusal: () => refusal.present,
  }
  const desks = createDesks(collaborators)
  return {
    ...{ desks, accounts, router, observed, log, refusal },
    close() {
      desks.endAll('cancelled')
      desks.close()
      settlements.close()
    },
  }
}

/** What the box has of one answer, checked as it comes. */
export interface Copy {
  rid: string
  digest: string
  body: string
  epoch: number
  seq: number
  acked: number
  texts: { channel: 'answer' | 'reasoning'; text: string }[]
  accepted: number
  /** The message that ended it. */
  last: Extract<GatewayMessage, { type: 'end' | 'error' }> | null
}

export interface DeskBox {
  desk: BoxDesk
  /** Messages that have left the gateway and not reached the box. */
  wire: string[]
  received: GatewayMessage[]
  copies: Map<string, Copy>
  /** Bytes the socket holds on to. */
  unsentBytes: number
  /** What the socket holds on to leaves at the end of this turn: `leave` is that end. */
  leaving: boolean
  closed: { code: number; reason: string } | null
  connect(): void
  cut(): void
  ask(changes?: Record<string, unknown>): Copy
  /** Delivers so many messages, all by default. Throws when one of them is wrong. */
  deliver(most?: number): void
  credit(copy: Copy, bytes?: number): void
  /** The turn is over, and what was sent in it leaves. */
  leave(): void
  /** The socket has taken everything. */
  flush(): void
}

export function deskBox(bench: DeskBench, box = 'box-1'): DeskBox {
  const desk = bench.desks.open(box)
  let generation = 0
  let outlet: Outlet | null = null
  const self: DeskBox = {
    desk,
    wire: [],
    received: [],
    copies: new Map(),
    unsentBytes: 0,
    leaving: false,
    closed: null,
    connect() {
      generation += 1
      self.unsentBytes = 0
      self.leaving = false
      self.closed = null
      const mine: Outlet = {
        generation,
        get unsentBytes() {
          return self.unsentBytes
        },
        get leaving() {
          return self.leaving
        },
        send: (message) => void self.wire.push(message),
        sendFrame: (frame) => void self.wire.push(payloadOf(frame)),
        close(code, reason) {
          self.closed = { code, reason }
          self.cut()
        },
      }
      outlet = mine
      desk.connect(mine, unlimited)
    },
    cut() {
      if (outlet) desk.disconnect(outlet)
      outlet = null
      self.wire = []
    },
    ask(changes = {}) {
      const body = JSON.stringify(question())
      const copy: Copy = {
        ...{ rid: newRid(), digest: sha256Hex(body), body, epoch: 1, seq: 0, acked: 0 },
        ...{ texts: [], accepted: 0, last: null },
      }
      const { rid, digest } = copy
      self.copies.set(rid, copy)
      desk.ask({
        type: 'ask',
        rid,
        digest,
        body,
        deadlineMs: 60_000,
        credit: limits.streamCreditBytes,
        ...changes,
      })
      return copy
    },
    deliver(most = Number.POSITIVE_INFINITY) {
      for (let count = 0; count < most && self.wire.length > 0; count++) {
        const message = readGatewayMessage(self.wire.shift()!)
        self.received.push(message)
        take(self.copies, message)
      }
    },
    credit(copy, bytes = limits.streamCreditBytes) {
      const { rid, epoch, seq } = copy
      copy.acked = seq
      desk.credit({ type: 'credit', rid, epoch, seq, bytes })
    },
    leave() {
      desk.leaving()
      self.leaving = false
    },
    flush() {
      self.unsentBytes = 0
      desk.flushed()
    },
  }
  return self
}

/** A connected box at a desk of its own; closed with the test. */
export function deskAt(
  t: Test,
  settings: Parameters<typeof deskBench>[0] = {},
): { bench: DeskBench; box: DeskBox } {
  const bench = deskBench(settings)
  t.teardown(() => bench.close())
  const box = deskBox(bench)
  box.connect()
  return { bench, box }
}

export const typesOf = (box: DeskBox) => box.received.map(({ type }) => type)

export const textOf = ({ texts }: Copy, channel: 'answer' | 'reasoning') =>
  texts.map((each) => (each.channel === channel ? each.text : '')).join('')

function take(copies: Map<string, Copy>, message: GatewayMessage): void {
  if (!('rid' in message)) return
  const copy = copies.get(message.rid)
  if (!copy) return
  if (copy.last) throw new Error(`${message.type} after the end`)
  if (message.type === 'restart') {
    Object.assign(copy, { epoch: message.epoch, seq: 0, acked: 0, texts: [], accepted: 0 })
    return
  }
  if (message.epoch !== undefined && message.epoch !== copy.epoch) throw new Error('another epoch')
  if (message.type === 'accepted') copy.accepted += 1
  else if (copy.accepted === 0 && message.type !== 'error') throw new Error(`${message.type} before accepted`)
  if (message.type === 'delta') {
    if (message.seq !== copy.seq + 1) throw new Error(`delta ${message.seq} after ${copy.seq}`)
    if (!message.text.isWellFormed()) throw new Error('half a character')
    copy.seq = message.seq
    copy.texts.push({ channel: message.channel, text: message.text })
  }
  if (message.type !== 'end' && message.type !== 'error') return
  copy.last = message
  if (message.seq !== undefined && message.seq !== copy.seq)
    throw new Error(`end at ${message.seq}, not ${copy.seq}`)
  if (message.type === 'end') {
    const hash = createHash('sha256').update(textOf(copy, 'answer')).digest('hex')
    if (hash !== message.textSha256) throw new Error('another text was hashed')
  }
}

/** Of an unmasked text frame. */
function payloadOf(frame: Buffer): string {
  if (frame[0] !== 0x81) throw new Error('not a whole text frame')
  const short = frame[1]!
  const [at, length] =
    short < 126
      ? [2, short]
      : short === 126
        ? [4, frame.readUInt16BE(2)]
        : [10, Number(frame.readBigUInt64BE(2))]
  if (frame.length !== at + length) throw new Error('a frame of another length than it says')
  return frame.subarray(at).toString('utf8')
}

/**
 * One question and its answer, from the asker's call to the end, over as many connections as it takes. It lives in the
 * client and not in a connection: when that dies it waits for the next one and goes on where it was.
 */
import { AskError, askError } from '../errors.ts'
import { type BoxMessage, type GatewayMessage, type GatewayMessageOf, ProtocolError } from '../protocol.ts'
import type { AskEvent } from './ask-events.ts'
import { createCreditWindow } from './credit-window.ts'
import { createEventQueue } from './event-queue.ts'
import { createGeneration } from './generation.ts'

export type AnswerMessage = Extract<GatewayMessage, { rid: string }>
export type Send = (message: BoxMessage) => void

export interface AskSettings {
  rid: string
  /** The JSON text of the question and the SHA-256 of its bytes. */
  body: string
  digest: string
  /** From now. */
  deadlineMs: number
  /** When the answer is lost it may be written, and paid for, once more. */
  mayRestart: boolean
  traceparent: string | null
  /** Text that may wait here for its reader, bytes. */
  windowBytes: number
  patience: Patience
}

export interface Patience {
  /** The gateway reports every 5 s while a question is in work: this long without a word means that it is lost. */
  silenceMs: number
  /** How long the gateway may take to answer a cancel. */
  cancelMs: number
  /** How long an answer without a connection can be taken up again. */
  resumeMs: number
  /** How much later than the deadline the gateway may say that it is over. */
  graceMs: number
}

export interface AskStream {
  readonly rid: string
  /** For one reader. Ends with `end`, or throws AskError. */
  events: AsyncGenerator<AskEvent>
  /** Nothing more will come. */
  readonly over: boolean
  /** What the next `auth` names; null when the question must be asked again instead. */
  readonly place: { rid: string; epoch: number; seq: number } | null
  /** A connection stands: asks, or waits to be taken up again. */
  connect(send: Send): void
  /** The connection is gone. */
  cut(): void
  /** Throws ProtocolError when a message is out of order, or the text is not the hashed one. */
  receive(message: AnswerMessage): void
  /** The asker wants no more; the gateway is told when it can be. */
  cancel(): void
  fail(error: AskError): void
  /** Fails with `incomplete` where text had come, else with `otherwise`. */
  breakOff(otherwise: 'connection-lost' | 'superseded' | 'deadline'): void
}

/** A question that kills every connection it is sent over is not sent a fourth time. */
const mostSends = 3
const mostRestarts = 3
/** So long the gateway may wait, before it begins anew, for the process that had the answer to be settled. */
const settlingMs = 30_000

/** `left` is called once, when nothing more will come; `unsettled`: for all the gateway knows it is still wanted. */
export function createAskStream(
  settings: AskSettings,
  left: (stream: AskStream, unsettled: boolean) => void,
): AskStream {
  const { rid, patience } = settings
  const askedAt = performance.now()
  const deadlineAt = askedAt + settings.deadlineMs
  const queue = createEventQueue((bytes) => {
    credit.taken(bytes)
    giveCredit(performance.now())
  })
  let credit = createCreditWindow(settings.windowBytes)
  let generation = createGeneration(1)
  /** `asking`: nothing of this generation was heard; `resuming`: over this connection it was not. */
  let state: 'asking' | 'resuming' | 'running' | 'over' = 'asking'
  let send: Send | null = null
  let model = ''
  let firstTokenMs: number | null = null
  let sends = 0
  let restarts = 0
  /** Whether the reader was told that the present generation begins anew. */
  let restartTold = true
  /** Text has come that stands. */
  let shown = false
  let heardAt = askedAt
  let cutAt = askedAt
  let cancelledAt = Infinity
  let creditTimer: NodeJS.Timeout | null = null
  let creditAt = Infinity
  let timer = setTimeout(lookAtClock, Math.min(patience.silenceMs, settings.deadlineMs))

  // ---- to the gateway

  function ask(): void {
    sends += 1
    const leftMs = Math.round(deadlineAt - performance.now())
    if (sends > mostSends) breakOff('connection-lost')
    else if (leftMs < 1) breakOff('deadline')
    else send?.(question(leftMs))
  }

  function question(deadlineMs: number): BoxMessage {
    const { body, digest, windowBytes, traceparent } = settings
    const { epoch } = generation
    return {
      ...{ type: 'ask', rid, digest, body, deadlineMs, credit: windowBytes },
      ...(epoch > 1 && { epoch }),
      ...(traceparent !== null && { traceparent }),
    }
  }

  function giveCredit(now: number): void {
    if (state !== 'running') return
    const wait = credit.dueIn(now)
    if (wait === 0) sayCredit(now)
    else if (now + wait < creditAt) {
      if (creditTimer) clearTimeout(creditTimer)
      creditAt = now + wait
      creditTimer = setTimeout(() => {
        creditTimer = null
        creditAt = Infinity
        giveCredit(performance.now())
      }, wait)
    }
  }

  function sayCredit(now: number): void {
    const { epoch, seq } = generation
    send?.({ type: 'credit', rid, epoch, seq, bytes: credit.grant(now) })
  }

  // ---- from the gateway

  function receive(message: AnswerMessage): void {
    if (state === 'over') return
    heardAt = performance.now()
    // Words about a generation that was given up may still be under way.
    if (message.epoch !== undefined && message.epoch < generation.epoch) return
    if (message.type === 'error') takeError(message)
    else if (message.epoch > generation.epoch)
      throw new ProtocolError('a message of an epoch nobody asked for')
    else if (message.type === 'accepted') takeAccepted(message)
    else if (message.type === 'restart') tellRestart()
    else if (state === 'running') take(message)
    else throw new ProtocolError(`${message.type} before accepted`)
  }

  function take(message: GatewayMessageOf<'progress' | 'fallback' | 'delta' | 'end'>): void {
    switch (message.type) {
      case 'progress': {
        const { state: waiting, position } = message
        queue.push({ type: 'progress', state: waiting, ...(position !== undefined && { position }) })
        break
      }
      case 'fallback':
        if (generation.seq > 0) throw new ProtocolError('another model after text was sent')
        model = message.model
        queue.push({ type: 'fallback', model, code: message.code })
        break
      case 'delta':
        takeDelta(message)
        break
      case 'end':
        generation.finish(message)
        send?.({ type: 'ack', rid, seq: message.seq })
        queue.push({ type: 'end', finish: message.finish, usage: message.usage, firstTokenMs, model })
        leave(null)
        break
    }
  }

  function takeAccepted(message: GatewayMessageOf<'accepted'>): void {
    if (message.seq < generation.seq) throw new ProtocolError('the gateway has less than it sent')
    const resumed = state === 'resuming'
    if (state === 'asking') tellRestart()
    if (state === 'asking' || message.model !== model) {
      model = message.model
      queue.push({ type: 'accepted', model })
    }
    state = 'running'
    if (resumed) {
      credit.renewed()
      sayCredit(heardAt)
    }
  }

  function tellRestart(): void {
    if (restartTold) return
    restartTold = true
    shown = false
    credit = createCreditWindow(settings.windowBytes)
    queue.clear()
    queue.push({ type: 'restart' })
  }

  function takeDelta(message: GatewayMessageOf<'delta'>): void {
    const bytes = generation.add(message)
    if (bytes === 0) return
    if (!credit.arrived(bytes, heardAt)) throw new ProtocolError('text beyond the credit')
    shown = true
    firstTokenMs ??= heardAt - askedAt
    queue.push({ type: 'delta', channel: message.channel, text: message.text }, bytes)
    giveCredit(heardAt)
  }

  function takeError(message: GatewayMessageOf<'error'>): void {
    const { epoch } = message
    // It refuses a question; a running answer under the same id is not concerned.
    if (epoch === undefined && state === 'running') return
    const lost = message.code === 'RESUME_LOST'
    const wanted = cancelledAt === Infinity && settings.mayRestart && restarts < mostRestarts
    if (lost && wanted) {
      beginAnew((epoch ?? generation.epoch) + 1)
    } else {
      // What is lost is not kept, and neither is what was refused.
      if (epoch !== undefined && !lost) send?.({ type: 'ack', rid, seq: message.seq ?? generation.seq })
      fail(new AskError(message))
    }
  }

  function beginAnew(epoch: number): void {
    restarts += 1
    sends = 0
    restartTold = false
    firstTokenMs = null
    generation = createGeneration(epoch)
    state = 'asking'
    ask()
  }

  // ---- time and end

  /** One timer for everything; it is set again when it fires early, never at a message. */
  function lookAtClock(): void {
    const now = performance.now()
    const silenceMs = patience.silenceMs + (state === 'asking' && generation.epoch > 1 ? settlingMs : 0)
    const silentAt = send ? heardAt + silenceMs : cutAt + patience.resumeMs
    const endAt = send ? deadlineAt + patience.graceMs : deadlineAt
    const next = Math.min(silentAt, endAt, cancelledAt + patience.cancelMs)
    if (next > now) {
      timer = setTimeout(lookAtClock, Math.ceil(next - now))
    } else if (!send) {
      breakOff(endAt <= now ? 'deadline' : 'connection-lost')
    } else {
      send({ type: 'cancel', rid })
      fail(askError(endAt <= now && silentAt > now ? 'deadline' : 'gateway-silent'))
    }
  }

  function lookAgain(): void {
    clearTimeout(timer)
    if (state !== 'over') lookAtClock()
  }

  function breakOff(otherwise: 'connection-lost' | 'superseded' | 'deadline'): void {
    fail(askError(shown ? 'incomplete' : otherwise))
  }

  function fail(error: AskError): void {
    if (state !== 'over') leave(error)
  }

  function leave(error: AskError | null): void {
    state = 'over'
    clearTimeout(timer)
    if (creditTimer) clearTimeout(creditTimer)
    queue.close(error)
    left(stream, error !== null && send === null)
  }

  const stream: AskStream = {
    rid,
    events: queue.read(),
    get over() {
      return state === 'over'
    },
    get place() {
      return state === 'asking' ? null : { rid, epoch: generation.epoch, seq: generation.seq }
    },
    connect(link) {
      send = link
      heardAt = performance.now()
      if (state === 'asking') ask()
      lookAgain()
    },
    cut() {
      send = null
      cutAt = performance.now()
      if (state === 'running') state = 'resuming'
      if (cancelledAt < Infinity) breakOff('connection-lost')
      else lookAgain()
    },
    receive,
    cancel() {
      if (state === 'over' || cancelledAt < Infinity) return
      cancelledAt = performance.now()
      if (!send) return breakOff('connection-lost')
      send({ type: 'cancel', rid })
      lookAgain()
    },
    fail,
    breakOff,
  }
  return stream
}

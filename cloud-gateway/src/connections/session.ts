/** What an authenticated box asks over one connection. */
import { type AnswerRun, type LastMessage, type Outlet, startAnswer } from '../answers/answer-run.ts'
import { AskError, askError } from '../errors.ts'
import type { Log } from '../log.ts'
import {
  type AskBody,
  type BoxMessage,
  type BoxMessageOf,
  limits,
  ProtocolError,
  readAskBody,
  sha256Hex,
} from '../protocol.ts'
import type { Provider } from '../providers/provider.ts'
import { type GatewayTiming, gatewayLimits } from '../timing.ts'

export interface Session {
  /** Answers in the making. */
  readonly running: number
  /** Throws ProtocolError for a message that has no place after `welcome`. */
  receive(message: BoxMessage): void
  /** New questions are refused from now on. */
  drain(): void
  /** Resolves when nothing is running. */
  idle(): Promise<void>
  /** The connection is gone: nobody waits for these answers any more. */
  end(): void
}

export interface SessionSettings {
  box: string
  models: ReadonlyMap<string, Provider>
  timing: GatewayTiming
  log: Log
}

interface Asked {
  digest: string
  run: AnswerRun
  finished: Promise<void>
  last: LastMessage | null
}

export function createSession(settings: SessionSettings, outlet: Outlet): Session {
  const { box, models, timing, log } = settings
  /** By rid; those that are over stay until they are acknowledged, so that a repeated question is recognised. */
  const asked = new Map<string, Asked>()
  let draining = false

  const running = () => [...asked.values()].filter(({ last }) => last === null)

  function ask(message: BoxMessageOf<'ask'>): void {
    const known = asked.get(message.rid)
    try {
      if (known && known.digest !== message.digest) throw askError('rid-conflict')
      if (known) outlet.send(known.last ?? attached(message.rid, known.run))
      else start(message)
    } catch (error) {
      if (!(error instanceof AskError)) throw error
      const { code, message: sentence, retryable } = error
      log('question-refused', { box, rid: message.rid, code })
      outlet.send({ type: 'error', rid: message.rid, code, message: sentence, retryable })
    }
  }

  function start({ rid, digest, body, deadlineMs }: BoxMessageOf<'ask'>): void {
    if (draining) throw askError('draining')
    if (running().length >= limits.inFlight) throw askError('too-many-asks')
    const question = readQuestion(body, digest)
    const provider = models.get(question.model)
    if (!provider) throw askError('model-unknown')
    const started = performance.now()
    const run = startAnswer({ rid, question, provider, deadlineMs, progressMs: timing.progressMs }, outlet)
    const entry: Asked = { digest, run, finished: Promise.resolve(), last: null }
    entry.finished = run.done.then(({ last, fault }) => {
      entry.last = last
      logAnswer({ box, rid, model: run.model }, last, fault, performance.now() - started)
      keep(rid)
    })
    asked.set(rid, entry)
  }

  function keep(rid: string): void {
    const over = [...asked].filter(([, { last }]) => last !== null)
    if (over.length > gatewayLimits.keptAnswers) asked.delete(over[0]![0])
    setTimeout(() => asked.delete(rid), timing.keepMs).unref()
  }

  function logAnswer(
    about: { box: string; rid: string; model: string },
    last: LastMessage,
    fault: Error | null,
    tookMs: number,
  ): void {
    const cause = fault?.cause instanceof Error ? fault.cause : null
    log('answer', {
      ...about,
      outcome: last.type === 'end' ? last.finish : last.code,
      // The class and code of a cause are safe to keep; its message may hold an address or a text.
      cause: cause ? `${cause.name} ${(cause as NodeJS.ErrnoException).code ?? ''}`.trim() : null,
      ms: Math.round(tookMs),
      promptTokens: last.usage?.promptTokens ?? null,
      completionTokens: last.usage?.completionTokens ?? null,
      exact: last.usage?.exact ?? false,
    })
  }

  return {
    get running() {
      return running().length
    },
    receive(message) {
      if (message.type === 'ask') ask(message)
      else if (message.type === 'cancel') asked.get(message.rid)?.run.cancel()
      else if (message.type === 'ack') {
        if (asked.get(message.rid)?.last) asked.delete(message.rid)
      } else throw new ProtocolError(`${message.type} out of order`)
    },
    drain() {
      draining = true
    },
    async idle() {
      await Promise.all(running().map(({ finished }) => finished))
    },
    end() {
      for (const { run } of running()) run.cancel()
    },
  }
}

function attached(rid: string, run: AnswerRun) {
  return { type: 'accepted', rid, epoch: run.epoch, seq: run.seq, model: run.model } as const
}

/** The question, when the body is small enough, is the one of the digest, and says what it should. */
function readQuestion(body: string, digest: string): AskBody {
  if (Buffer.byteLength(body) > limits.bodyBytes) throw askError('too-large')
  if (sha256Hex(body) !== digest) throw askError('digest-mismatch')
  try {
    const question = readAskBody(body)
    const numbers = new Set(question.passages.map(({ n }) => n))
    if (numbers.size < question.passages.length) throw new ProtocolError('two passages have one number')
    return question
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw askError('bad-body', cause.message, { cause })
  }
}

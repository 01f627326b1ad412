/** The model under check, asked through the driver that the gateway uses. */
import diagnostics from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { estimatePrompt } from '../../src/estimate-tokens.ts'
import type { AskBody } from '../../src/protocol.ts'
import type { DialectName } from '../../src/providers/openai/dialects.ts'
import { createOpenaiProvider } from '../../src/providers/openai.ts'
import type { ModelFinish, ModelSink, TokenCount } from '../../src/providers/provider.ts'

export interface LiveSettings {
  /** Up to and without `/chat/completions`. */
  baseUrl: string
  model: string
  key: string
  dialect: DialectName
}

/** How an answer came; times are milliseconds from the question. */
export interface Course {
  pieces: number
  /** How often something came: what came together counts once. */
  arrivals: number
  answer: string
  reasoning: string
  firstMs: number
  lastMs: number
  endMs: number
  /** Running counts that were reported on the way. */
  counts: TokenCount[]
  /** Null when it was cancelled. */
  finish: ModelFinish | null
  /** From the cancel to its answer, and to the end of the connection; null when it was not cancelled. */
  cancelled: { answeredMs: number; closedMs: number } | null
}

/** No answer of a check takes longer. */
const longestMs = 180_000

export function createLiveModel(settings: LiveSettings) {
  const providerOf = (model: string) =>
    createOpenaiProvider({
      ...settings,
      model,
      contextTokens: 4096,
      thinking: null,
      continuousUsage: false,
      signKey: false,
      tokenize: true,
      connectMs: 10_000,
      extra: {},
      estimatePrompt,
    })
  const provider = providerOf(settings.model)
  return {
    check: () => provider.check(AbortSignal.timeout(10_000)),
    countPrompt: async () =>
      (await provider.countPrompt?.(liveQuestion('你好', 1), AbortSignal.timeout(10_000))) ?? null,
    /** Asks; `cancelAfter` texts the answer is cancelled. Rejects with AskError. */
    ask: (question: string, maxTokens: number, more: { cancelAfter?: number; model?: string } = {}) =>
      follow(
        more.model ? providerOf(more.model) : provider,
        liveQuestion(question, maxTokens),
        more.cancelAfter,
      ),
  }
}

export type LiveModel = ReturnType<typeof createLiveModel>

async function follow(
  provider: ReturnType<typeof createOpenaiProvider>,
  question: AskBody,
  cancelAfter = Number.POSITIVE_INFINITY,
): Promise<Course> {
  const enough = new Error('enough')
  const stop = new AbortController()
  const late = setTimeout(() => stop.abort(new Error(`no end after ${longestMs / 1000} s`)), longestMs)
  const sockets = watchSockets()
  const started = performance.now()
  const since = () => Math.round(performance.now() - started)
  const course: Course = {
    pieces: 0,
    arrivals: 0,
    answer: '',
    reasoning: '',
    firstMs: 0,
    lastMs: 0,
    endMs: 0,
    counts: [],
    finish: null,
    cancelled: null,
  }
  let cancelledAt = 0
  let together = false
  const out: ModelSink = {
    progress: () => {},
    text(channel, text) {
      course.pieces += 1
      if (!together) {
        course.arrivals += 1
        together = true
        setImmediate(() => {
          together = false
        })
      }
      course[channel] += text
      course.lastMs = since()
      if (course.pieces === 1) course.firstMs = course.lastMs
      if (course.pieces === cancelAfter) {
        cancelledAt = performance.now()
        stop.abort(enough)
      }
    },
    usage: (count) => void course.counts.push(count),
    reading: () => () => {},
  }
  try {
    const { maxTokens } = question
    course.finish = await provider.write({ question, maxTokens, traceparent: null }, out, stop.signal)
  } catch (error) {
    if (error !== enough) throw error
    const answeredMs = performance.now() - cancelledAt
    await sockets.closed()
    course.cancelled = { answeredMs, closedMs: performance.now() - cancelledAt }
  } finally {
    clearTimeout(late)
    sockets.forget()
  }
  course.endMs = since()
  return course
}

/** The connections that are opened from now on. */
function watchSockets() {
  const open = new Set<Socket>()
  const opened = (message: unknown) => void open.add((message as { socket: Socket }).socket)
  diagnostics.subscribe('net.client.socket', opened)
  return {
    async closed(): Promise<void> {
      await Promise.all(
        [...open].map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve))),
      )
    },
    forget: () => void diagnostics.unsubscribe('net.client.socket', opened),
  }
}

function liveQuestion(question: string, maxTokens: number): AskBody {
  return {
    v: 1,
    model: 'default',
    system: '你是一个简洁的助手。',
    question,
    history: [],
    passages: [],
    maxTokens,
    language: 'zh',
  }
}

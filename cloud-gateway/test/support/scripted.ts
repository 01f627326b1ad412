import { type AskErrorCode, askError } from '../../src/errors.ts'
import type { ModelFinish, ModelRequest, Provider, TokenCount } from '../../src/providers/provider.ts'

/** A step of a model that plays its part from a script. */
export type Step =
  | { answer: string }
  | { reasoning: string }
  | { waitMs: number }
  | { usage: TokenCount }
  | { finish: ModelFinish['finish']; usage?: TokenCount }
  | { error: AskErrorCode }
  | { fault: Error }
  /** Never goes on, whatever the signal says. */
  | 'hang'
  /** Ends without a finish reason, as every script does that has none. */
  | 'cut'
  | 'again'

export interface Scripted extends Provider {
  readonly asked: number
  readonly requests: readonly ModelRequest[]
  /** How many answers were told to stop before they were over. */
  readonly stopped: number
  /** Answers in work, and those of them that are held back by their sink. */
  readonly running: number
  readonly paused: number
  /** What `check` fails with from now on; null: it succeeds. */
  failCheck(code: AskErrorCode | null): void
}

export interface ScriptedSettings {
  model?: string
  /** What `countPrompt` says; absent: it is not there. */
  promptTokens?: number | null
}

/** Stands in for a model server; its own contract is that of every provider. */
export function scripted(
  script: readonly Step[] | ((request: ModelRequest) => readonly Step[]),
  { model = 'scripted', promptTokens }: ScriptedSettings = {},
): Scripted {
  const requests: ModelRequest[] = []
  let stopped = 0
  let running = 0
  let pausedAnswers = 0
  let checkFails: AskErrorCode | null = null

  const provider: Scripted = {
    model,
    get asked() {
      return requests.length
    },
    requests,
    get stopped() {
      return stopped
    },
    get running() {
      return running
    },
    get paused() {
      return pausedAnswers
    },
    failCheck(code) {
      checkFails = code
    },
    async check(signal) {
      signal.throwIfAborted()
      if (checkFails) throw askError(checkFails)
    },
    async write(request, out, signal) {
      signal.throwIfAborted()
      requests.push(request)
      running += 1
      let over = false
      let paused: PromiseWithResolvers<void> | null = null
      const resume = () => {
        if (paused) pausedAnswers -= 1
        paused?.resolve()
        paused = null
      }
      const aborted = Promise.withResolvers<never>()
      aborted.promise.catch(() => {})
      const abort = () => {
        if (!over) stopped += 1
        aborted.reject(signal.reason)
      }
      signal.addEventListener('abort', abort, { once: true })
      const release = out.reading({
        pause() {
          if (!paused) pausedAnswers += 1
          paused ??= Promise.withResolvers()
        },
        resume,
        waitingBytes: 0,
      })
      const within = <T>(promise: Promise<T>) => Promise.race([promise, aborted.promise])
      try {
        const steps = typeof script === 'function' ? script(request) : script
        for (let at = 0; at < steps.length; at++) {
          await within(new Promise((resolve) => setImmediate(resolve)))
          while (paused) await within((paused as PromiseWithResolvers<void>).promise)
          const step = steps[at]!
          if (step === 'hang') await new Promise(() => {})
          else if (step === 'cut') break
          else if (step === 'again') at = -1
          else if ('answer' in step) out.text('answer', step.answer)
          else if ('reasoning' in step) out.text('reasoning', step.reasoning)
          else if ('waitMs' in step) await within(new Promise((done) => setTimeout(done, step.waitMs)))
          else if ('error' in step) throw askError(step.error)
          else if ('fault' in step) throw step.fault
          else if ('finish' in step) return { finish: step.finish, usage: step.usage ?? null }
          else out.usage(step.usage)
        }
        throw askError('incomplete')
      } finally {
        over = true
        running -= 1
        resume()
        release()
        signal.removeEventListener('abort', abort)
      }
    },
  }
  if (promptTokens !== undefined) provider.countPrompt = async () => promptTokens
  return provider
}

/** One answer in the making: from the model's events to the messages for the box. */
import { createHash } from 'node:crypto'
import { AskError, askError } from '../errors.ts'
import {
  type AskBody,
  type Finish,
  type GatewayMessage,
  type GatewayMessageOf,
  limits,
  type Usage,
} from '../protocol.ts'
import { chatMessages } from '../providers/chat-messages.ts'
import type { ModelEvent, Provider, TokenCount } from '../providers/provider.ts'
import { estimateTokens } from '../estimate-tokens.ts'
import { withTimers } from './model-timers.ts'

/** Where the messages go. */
export interface Outlet {
  send(message: GatewayMessage): void
  /** Resolves when the box has read enough that more may be sent. */
  ready(): Promise<void>
}

export type LastMessage = GatewayMessageOf<'end'> | GatewayMessageOf<'error'>

export interface AnswerRun {
  readonly model: string
  readonly epoch: number
  /** Deltas sent so far. */
  readonly seq: number
  /** Stops the model; the answer ends with finish `cancelled`. */
  cancel(): void
  /** Resolves when the message that ended the answer was sent; never rejects. `fault` is for the log. */
  done: Promise<{ last: LastMessage; fault: Error | null }>
}

export interface AnswerRunSettings {
  rid: string
  question: AskBody
  provider: Provider
  deadlineMs: number
  /** A message at least this often while the model is silent. */
  progressMs: number
}

const cancelled = Symbol('cancelled')

export function startAnswer(settings: AnswerRunSettings, outlet: Outlet): AnswerRun {
  const { rid, question, provider } = settings
  const epoch = 1
  const stop = new AbortController()
  const hash = createHash('sha256')
  const bytes = { answer: 0, reasoning: 0 }
  let seq = 0
  let state: 'prefill' | 'reasoning' | 'queued' = 'prefill'
  let written = ''
  let counted: TokenCount | null = null
  let fault: Error | null = null
  /** First half of a character whose second half has not come yet, per channel. */
  const half = { answer: '', reasoning: '' }

  async function run(): Promise<LastMessage> {
    const deadline = setTimeout(() => stop.abort(askError('deadline')), settings.deadlineMs)
    const progress = setInterval(
      () => outlet.send({ type: 'progress', rid, epoch, state }),
      settings.progressMs,
    )
    outlet.send({ type: 'accepted', rid, epoch, seq, model: provider.model })
    try {
      for await (const event of withTimers(
        provider.write(question, stop.signal),
        provider.timers,
        stop.signal,
      )) {
        if (event.type === 'finish') return ended(event.finish, exact(event.usage))
        take(event)
        await outlet.ready()
      }
      throw askError('incomplete')
    } catch (error) {
      if (error === cancelled) return ended('cancelled', estimated())
      return broken(error)
    } finally {
      clearTimeout(deadline)
      clearInterval(progress)
      stop.abort(cancelled)
    }
  }

  function take(event: Exclude<ModelEvent, { type: 'finish' }>): void {
    if (event.type === 'usage') {
      counted = event.usage
    } else if (event.type === 'progress') {
      state = event.state
      outlet.send({ ...event, rid, epoch })
    } else {
      takeText(event.channel, event.text)
    }
  }

  function takeText(channel: 'answer' | 'reasoning', addition: string): void {
    const joined = half[channel] + addition
    half[channel] = /[\ud800-\udbff]$/.test(joined) ? joined.at(-1)! : ''
    const text = joined.slice(0, joined.length - half[channel].length).toWellFormed()
    if (text === '') return
    if (channel === 'reasoning') state = 'reasoning'
    bytes[channel] += Buffer.byteLength(text)
    if (bytes[channel] > (channel === 'answer' ? limits.answerBytes : limits.reasoningBytes)) {
      throw askError('answer-too-long')
    }
    written += text
    for (const [part] of text.matchAll(/[\s\S]{1,16384}/gu)) {
      if (channel === 'answer') hash.update(part)
      seq += 1
      outlet.send({ type: 'delta', rid, epoch, seq, channel, text: part })
    }
  }

  function exact(usage: TokenCount | null): Usage {
    return usage ? { ...usage, exact: true } : estimated()
  }

  /** What the answer cost up to here, by the model server's running count where there is one. */
  function estimated(): Usage {
    if (counted) return { ...counted, exact: false }
    const prompt = chatMessages(question).map(({ content }) => content)
    return {
      promptTokens: estimateTokens(prompt.join('\n')),
      completionTokens: estimateTokens(written),
      exact: false,
    }
  }

  function ended(finish: Finish, usage: Usage): LastMessage {
    return { type: 'end', rid, epoch, seq, finish, textSha256: hash.digest('hex'), usage }
  }

  function broken(error: unknown): LastMessage {
    const known = error instanceof AskError ? error : askError('internal', '', { cause: error })
    fault = known
    const { code, message, retryable } = known
    return { type: 'error', rid, epoch, seq, code, message, retryable, usage: estimated() }
  }

  const done = run().then((last) => {
    outlet.send(last)
    return { last, fault }
  })
  return {
    model: provider.model,
    epoch,
    get seq() {
      return seq
    },
    cancel: () => stop.abort(cancelled),
    done,
  }
}

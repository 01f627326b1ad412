/**
 * The box's end of one answer: takes the gateway's messages for it, checks that none is missing or repeated and
 * that the text is the one the gateway hashed, and hands them on in order.
 */
import { createHash } from 'node:crypto'
import { AskError, askError } from '../errors.ts'
import { type Finish, type GatewayMessage, limits, ProtocolError, type Usage } from '../protocol.ts'

export type AskEvent =
  | { type: 'accepted'; model: string }
  | { type: 'progress'; state: 'queued' | 'prefill' | 'reasoning'; position?: number }
  | { type: 'delta'; channel: 'answer' | 'reasoning'; text: string }
  | { type: 'end'; finish: Finish; usage: Usage }

export type AnswerMessage = Extract<GatewayMessage, { rid: string }>

export interface AskStream {
  events: AsyncIterable<AskEvent>
  /** Throws ProtocolError when a message is missing, repeated or out of order, or the text is not the hashed one. */
  receive(message: AnswerMessage): void
  fail(error: AskError): void
  /** The connection is gone. */
  cut(): void
  /** Nothing more will come. */
  readonly over: boolean
  /** Last delta received. */
  readonly seq: number
  /** When the gateway last said something about this answer, by performance.now(). */
  readonly heardAt: number
}

export function createAskStream(): AskStream {
  const waiting: AskEvent[] = []
  const hash = createHash('sha256')
  let wake: (() => void) | null = null
  let failure: AskError | null = null
  let over = false
  let epoch = 0
  let seq = 0
  let bytes = 0
  let heardAt = performance.now()

  const push = (event: AskEvent) => {
    waiting.push(event)
    wake?.()
  }
  const fail = (error: AskError) => {
    if (over) return
    failure = error
    over = true
    wake?.()
  }
  function receive(message: AnswerMessage): void {
    if (over) return
    heardAt = performance.now()
    // An error without an epoch refuses a question; a running answer under the same id is not concerned.
    if (message.type === 'error' && message.epoch === undefined && epoch !== 0) return
    if (message.type !== 'accepted' && (message.epoch ?? 0) !== epoch) {
      throw new ProtocolError('a message of another epoch')
    }
    switch (message.type) {
      case 'accepted':
        if (epoch !== 0) throw new ProtocolError('accepted twice')
        epoch = message.epoch
        push({ type: 'accepted', model: message.model })
        break
      case 'progress':
        push({
          type: 'progress',
          state: message.state,
          ...(message.position === undefined ? {} : { position: message.position }),
        })
        break
      case 'delta':
        takeDelta(message)
        break
      case 'end':
        if (message.seq !== seq) throw new ProtocolError('deltas are missing at the end')
        if (message.textSha256 !== hash.digest('hex')) {
          throw new ProtocolError('the text is not the one that was sent')
        }
        over = true
        push({ type: 'end', finish: message.finish, usage: message.usage })
        break
      case 'error':
        fail(new AskError(message))
        break
    }
  }

  function takeDelta(message: Extract<AnswerMessage, { type: 'delta' }>): void {
    if (message.seq !== seq + 1) throw new ProtocolError('deltas are missing or repeated')
    seq = message.seq
    bytes += Buffer.byteLength(message.text)
    if (bytes > limits.answerBytes + limits.reasoningBytes) throw new ProtocolError('the answer does not end')
    if (message.channel === 'answer') hash.update(message.text)
    push({ type: 'delta', channel: message.channel, text: message.text })
  }

  async function* read(): AsyncGenerator<AskEvent> {
    while (true) {
      for (let event = waiting.shift(); event; event = waiting.shift()) yield event
      if (failure) throw failure
      if (over) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      wake = null
    }
  }

  return {
    events: read(),
    receive,
    fail,
    cut: () => fail(askError(seq > 0 ? 'incomplete' : 'connection-lost')),
    get over() {
      return over
    },
    get seq() {
      return seq
    },
    get heardAt() {
      return heardAt
    },
  }
}

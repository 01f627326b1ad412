/** The answers of one box that are not over, whatever connection there is. */
import { askError } from '../errors.ts'
import { limits, ProtocolError } from '../protocol.ts'
import {
  type AnswerMessage,
  type AskSettings,
  type AskStream,
  createAskStream,
  type Send,
} from './ask-stream.ts'

export interface AskStreams {
  /** Answers that are not over. */
  readonly live: number
  /** Asks over the present connection. Throws AskError `not-connected` when there is none. */
  ask(settings: AskSettings): AskStream
  /** What `auth.resume` of the next connection names. */
  places(): { rid: string; epoch: number; seq: number }[]
  /** A connection stands: everything goes on over it. */
  connect(send: Send): void
  /** The connection is gone. The answers wait for the next one. */
  cut(): void
  /** The answers end: there is no next connection that could go on with them. */
  breakOff(otherwise: 'connection-lost' | 'superseded'): void
  /**
   * Throws ProtocolError, after the answer that the message belongs to has ended by it: an answer is not taken up
   * again with a gateway that muddles it up.
   */
  receive(message: AnswerMessage): void
}

/** `idle` is called whenever the last answer is over. */
export function createAskStreams(idle: () => void): AskStreams {
  const streams = new Map<string, AskStream>()
  /** Answers nobody waits for that the gateway may still be writing. */
  const unwanted = new Set<string>()
  let send: Send | null = null

  function left(stream: AskStream, unsettled: boolean): void {
    streams.delete(stream.rid)
    if (unsettled) unwanted.add(stream.rid)
    if (streams.size === 0) idle()
  }

  return {
    get live() {
      return streams.size
    },
    ask(settings) {
      if (!send) throw askError('not-connected')
      if (streams.has(settings.rid)) throw askError('rid-conflict')
      const stream = createAskStream(settings, left)
      streams.set(settings.rid, stream)
      stream.connect(send)
      return stream
    },
    places: () =>
      [...streams.values()]
        .map(({ place }) => place)
        .filter((place) => place !== null)
        .slice(0, limits.resumes),
    connect(link) {
      send = link
      for (const rid of [...unwanted].slice(-limits.resumes)) link({ type: 'cancel', rid })
      unwanted.clear()
      for (const stream of [...streams.values()]) stream.connect(link)
    },
    cut() {
      // A dial that fails is no cut: the time without a connection runs on.
      if (!send) return
      send = null
      for (const stream of [...streams.values()]) stream.cut()
    },
    breakOff(otherwise) {
      for (const stream of [...streams.values()]) stream.breakOff(otherwise)
    },
    receive(message) {
      const stream = streams.get(message.rid)
      if (!stream) return forget(message)
      try {
        stream.receive(message)
      } catch (error) {
        if (error instanceof ProtocolError) {
          send?.({ type: 'cancel', rid: message.rid })
          stream.breakOff('connection-lost')
        }
        throw error
      }
    },
  }

  /** Late words about an answer that is over here are no mistake; the gateway need not keep its end. */
  function forget(message: AnswerMessage): void {
    const over = message.type === 'end' || (message.type === 'error' && message.epoch !== undefined)
    if (over) send?.({ type: 'ack', rid: message.rid, seq: message.seq ?? 0 })
  }
}

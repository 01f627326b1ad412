/** What has come of one generation of an answer: each delta once, in order, and the hash of the text. Pure. */
import { createHash } from 'node:crypto'
import { type GatewayMessageOf, limits, ProtocolError } from '../protocol.ts'

export interface Generation {
  readonly epoch: number
  /** The last delta that has come. */
  readonly seq: number
  /** Bytes of the delta's text when it is the next one; 0 when it has come before. Throws ProtocolError. */
  add(delta: GatewayMessageOf<'delta'>): number
  /** Throws ProtocolError when the end is not that of what has come. */
  finish(end: GatewayMessageOf<'end'>): void
}

export function createGeneration(epoch: number): Generation {
  const hash = createHash('sha256')
  let seq = 0
  let bytes = 0
  return {
    epoch,
    get seq() {
      return seq
    },
    add(delta) {
      // What is repeated after a cut: the gateway cannot know what had arrived.
      if (delta.seq <= seq) return 0
      if (delta.seq !== seq + 1) throw new ProtocolError('deltas are missing')
      seq = delta.seq
      const size = Buffer.byteLength(delta.text)
      bytes += size
      if (bytes > limits.answerBytes + limits.reasoningBytes)
        throw new ProtocolError('the answer does not end')
      if (delta.channel === 'answer') hash.update(delta.text)
      return size
    },
    finish(end) {
      if (end.seq !== seq) throw new ProtocolError('deltas are missing at the end')
      if (end.textSha256 !== hash.digest('hex'))
        throw new ProtocolError('the text is not the one that was sent')
    },
  }
}

import { askError } from '../errors.ts'
import { type AskBody, limits, ProtocolError, readAskBody, sha256Hex } from '../protocol.ts'

/** The question, when the body is small enough, is the one of the digest, and says what it should. Throws AskError. */
export function readQuestion(body: string, digest: string): AskBody {
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

import { TextDecoder } from 'node:util'
import { askError } from '../errors.ts'

/**
 * The payload as text that encodes to exactly the same bytes again. Throws AskError: `bad-body`, or `too-large` for the
 * body or for the frame that it travels in, which is longer because of its escapes.
 */
export function questionText(payload: Uint8Array, most: { bodyBytes: number; frameBytes: number }): string {
  if (payload.length > most.bodyBytes) throw askError('too-large')
  const body = exactText(payload)
  // No byte becomes more than six; counting is for the few that come near.
  if (payload.length * 6 + envelopeBytes > most.frameBytes) {
    if (Buffer.byteLength(JSON.stringify(body)) + envelopeBytes > most.frameBytes) throw askError('too-large')
  }
  return body
}

/** The other members of `ask`. */
const envelopeBytes = 512

function exactText(payload: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
  } catch (cause) {
    throw askError('bad-body', 'not UTF-8', { cause })
  }
}

import { decodeBase64, encodeBase64 } from '../note/base64.ts'
import type { SignerKey, VerifierKey } from '../note/key.ts'
import { openNote, signNote } from '../note/note.ts'
import { FrameError } from './frames.ts'

/**
 * How two boxes show each other which log is theirs, as texts (PROTOCOL.md). Both nonces and both origins are under
 * each signature: it is good for one connection, in one direction. No checkpoint can be read out of it, as the second
 * line of a checkpoint is a number and that of a hello an origin.
 */

const nonceLine = 'tanbox.dev/ledger-nonce/v1'
const helloLine = 'tanbox.dev/ledger-hello/v1'
const nonceBytes = 32

/** What one end says of itself first, unsigned. */
export interface Introduction {
  /** Origin of its log. */
  origin: string
  /** 32 fresh random bytes. */
  nonce: Buffer
}

export function formatIntroduction({ origin, nonce }: Introduction): string {
  return `${nonceLine}\n${origin}\n${encodeBase64(nonce)}\n`
}

/** @throws FrameError */
export function parseIntroduction(text: string): Introduction {
  const [first, origin, base64, end, ...more] = text.split('\n')
  const nonce = decodeBase64(base64 ?? '')
  const fits =
    first === nonceLine && origin && nonce?.length === nonceBytes && end === '' && more.length === 0
  if (!fits || origin.length > 255) throw new FrameError('not an introduction of this version')
  return { origin, nonce }
}

/** The note by which `mine` says that it is the box at `signer`, to `theirs` and nobody else. */
export function signHello(mine: Introduction, theirs: Introduction, signer: SignerKey): string {
  return signNote(helloText(mine, theirs), signer)
}

/**
 * Whether a note is the hello of `theirs` to `mine`, signed with the log key that is known for them.
 * @throws NoteError, FrameError
 */
export function checkHello(note: string, theirs: Introduction, mine: Introduction, key: VerifierKey): void {
  const { text } = openNote(note, [key]).note
  if (text !== helloText(theirs, mine) || key.name !== theirs.origin)
    throw new FrameError('a hello for another connection')
}

function helloText(from: Introduction, to: Introduction): string {
  const nonces = [from.nonce, to.nonce].map(encodeBase64)
  return `${[helloLine, from.origin, to.origin, ...nonces].join('\n')}\n`
}

import { decodeBase64, encodeBase64 } from './base64.ts'
import { signEd25519, verifyEd25519 } from './ed25519.ts'
import { hexId, isKeyName, KeyError, logKeyType, type SignerKey, type VerifierKey } from './key.ts'

/** Signed notes (C2SP signed-note): a text, an empty line, signature lines. */

/** Bytes of a note at most. */
export const maxNoteBytes = 128 * 1024
/** Signatures on a note at most: every witness of the largest policy with keys of both types, and logs beside them. */
export const maxSignatures = 256

export interface NoteSignature {
  /** Key name and id: together they say which key this claims to be by. */
  name: string
  /** Unsigned 32 bits. */
  id: number
  /** What follows the id: 64 bytes of a log key, 8 + 64 of a cosigner. */
  signature: Buffer
  /** The line as it stands in the note, with its line end. */
  line: string
}

export interface Note {
  /** What is signed, with its final line end. */
  text: string
  /** In the order of the note; nothing about them is verified. */
  signatures: NoteSignature[]
}

export type NoteProblem =
  /** Not a note, checkpoint, proof or request of the format, or beyond a limit. */
  | 'malformed'
  /** No signature of a key that is trusted here. */
  | 'unknown-key'
  /** A signature says that it is by a key that is trusted here, and is not. */
  | 'bad-signature'
  /** Signed by a trusted key, or said to be, about another log than that of the key. */
  | 'wrong-origin'

/** A note, or what comes with one, that cannot be taken. */
export class NoteError extends Error {
  readonly code: NoteProblem

  constructor(code: NoteProblem, message: string) {
    super(message)
    this.name = 'NoteError'
    this.code = code
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The text of bytes that come from outside.
 * @throws NoteError 'malformed' beyond `limit` bytes, for what is not UTF-8, and for control characters other than
 * the line end
 */
export function decodeText(input: Uint8Array | string, limit: number): string {
  // A lone surrogate becomes U+FFFD in bytes: told apart below.
  const bytes = typeof input === 'string' ? Buffer.from(input) : input
  if (bytes.length > limit) throw malformed(`more than ${limit} bytes`)
  for (const byte of bytes) if (byte < 0x20 && byte !== 0x0a) throw malformed('a control character')
  const text = decodeUtf8(bytes)
  if (typeof input === 'string' && text !== input) throw malformed('the text is not Unicode')
  return text
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed('the bytes are not UTF-8')
  }
}

/**
 * Takes a note apart. The text ends at the last empty line.
 * @throws NoteError 'malformed'
 */
export function parseNote(input: Uint8Array | string): Note {
  const whole = decodeText(input, maxNoteBytes)
  const end = whole.lastIndexOf('\n\n')
  if (end < 0) throw malformed('a note has an empty line before its signatures')
  return { text: whole.slice(0, end + 1), signatures: parseSignatureLines(whole.slice(end + 2)) }
}

/**
 * Takes signature lines apart, each with its line end: the end of a note, or what a witness answers.
 * @throws NoteError 'malformed', also when there is none
 */
export function parseSignatureLines(lines: string): NoteSignature[] {
  if (!lines.endsWith('\n')) throw malformed('signature lines end with a line end')
  const separate = lines.slice(0, -1).split('\n', maxSignatures + 1)
  if (separate.length > maxSignatures) throw malformed(`more than ${maxSignatures} signatures`)
  return separate.map((line) => parseSignatureLine(`${line}\n`))
}

/**
 * Takes one signature line, with its line end, apart.
 * @throws NoteError 'malformed'
 */
export function parseSignatureLine(line: string): NoteSignature {
  const [, name = '', base64 = ''] = /^— ([^ \n]+) ([^ \n]+)\n$/.exec(line) ?? []
  if (!isKeyName(name)) throw malformed('a signature line is a dash, the name of a key and base64')
  const bytes = decodeBase64(base64)
  if (bytes === null) throw malformed('a signature is not in strict base64')
  if (bytes.length < 5) throw malformed('a signature has four bytes of an id, and more')
  return { name, id: bytes.readUInt32BE(0), signature: bytes.subarray(4), line }
}

/**
 * Puts a note together.
 * @param text with its final line end
 * @param lines signature lines, each with its line end, as `signatureLine` makes and `parseNote` gives them
 * @throws NoteError 'malformed' for what would not be read again as the same text and lines
 */
export function formatNote(text: string, lines: readonly string[]): string {
  const whole = `${text}\n${lines.join('')}`
  const note = parseNote(whole)
  const isSame = note.text === text && note.signatures.length === lines.length
  if (!isSame) throw malformed('not the text of a note and one signature a line')
  return whole
}

/** The line, with its line end, that says `signature` (what follows the id) is by `key`. */
export function signatureLine(key: VerifierKey, signature: Uint8Array): string {
  const id = Buffer.from(hexId(key.id), 'hex')
  return `— ${key.name} ${encodeBase64(Buffer.concat([id, signature]))}\n`
}

/** Whether a signature says that it is by the key. */
export function claimsKey(signature: NoteSignature, key: VerifierKey): boolean {
  return signature.id === key.id && signature.name === key.name
}

/**
 * Signs a text with a log key (type 0x01).
 * @returns the whole note
 * @throws NoteError 'malformed' for what is not the text of a note, KeyError for a key of another type
 */
export function signNote(text: string, signer: SignerKey): string {
  checkType(signer)
  return formatNote(text, [signatureLine(signer, signEd25519(signer.seed, Buffer.from(text)))])
}

/**
 * Verifies every signature that claims one of the keys (type 0x01); all others are skipped.
 * @returns the keys that signed, each once: at least one
 * @throws NoteError 'malformed', 'bad-signature', 'unknown-key'; KeyError for a key of another type
 */
export function openNote(
  input: Note | Uint8Array | string,
  keys: readonly VerifierKey[],
): { note: Note; signers: VerifierKey[] } {
  keys.forEach(checkType)
  const note = noteOf(input)
  const message = Buffer.from(note.text)
  const signers = keys.filter((key) => {
    const claims = note.signatures.filter((signature) => claimsKey(signature, key))
    if (!claims.every(({ signature }) => verifyEd25519(key.publicKey, message, signature))) {
      throw new NoteError('bad-signature', `a signature of ${key.name} is wrong`)
    }
    return claims.length > 0
  })
  if (signers.length === 0) throw new NoteError('unknown-key', 'no signature of a trusted key')
  return { note, signers }
}

/** A note that is taken apart already is taken as it is. */
export function noteOf(input: Note | Uint8Array | string): Note {
  return typeof input === 'string' || input instanceof Uint8Array ? parseNote(input) : input
}

function checkType(key: VerifierKey): void {
  if (key.type !== logKeyType) throw new KeyError('unsupported', 'only keys of type 1 sign notes as they are')
}

export function malformed(message: string): NoteError {
  return new NoteError('malformed', message)
}

import { parseCheckpoint } from './checkpoint.ts'
import { signEd25519, verifyEd25519 } from './ed25519.ts'
import { cosignerKeyType, formatVerifierKey, KeyError, type SignerKey, type VerifierKey } from './key.ts'
import {
  claimsKey,
  type Note,
  NoteError,
  type NoteSignature,
  parseSignatureLine,
  signatureLine,
} from './note.ts'

/** Ed25519 cosignatures, type 0x04 (C2SP tlog-cosignature): 8 bytes of time, 64 of signature. */

const timeBytes = 8
const maxTimestamp = 2n ** 63n - 1n

/**
 * Signs that the checkpoint is the largest consistent one seen of its log as of `seconds`. Checking that comes before.
 * @param noteText the whole text of the note, with extension lines and final line end
 * @param signer of type 0x04
 * @param seconds since 1970: never 0, as tlog-witness asks
 * @returns the signature line, with its line end
 * @throws NoteError 'malformed' for what is no checkpoint, KeyError for a key of another type, RangeError for the time
 */
export function cosign(noteText: string, signer: SignerKey, seconds: bigint): string {
  if (signer.type !== cosignerKeyType) throw new KeyError('unsupported', 'only keys of type 4 cosign')
  if (seconds <= 0n || seconds > maxTimestamp)
    throw new RangeError('a cosignature is of 1 to 2^63 - 1 seconds')
  parseCheckpoint(noteText)
  const time = Buffer.alloc(timeBytes)
  time.writeBigUInt64BE(seconds)
  const signature = signEd25519(signer.seed, cosignedMessage(noteText, seconds))
  return signatureLine(signer, Buffer.concat([time, signature]))
}

/**
 * Whether a signature (or its line) is a cosignature by `key` over the text. Null for one of another key, of another
 * type, and for a wrong one.
 * @returns its time in seconds since 1970, at most 2^63 - 1. **0 says nothing about when**: who counts cosignatures
 * refuses it, as `cosignaturesOf` does.
 */
export function verifyCosignature(
  noteText: string,
  cosignature: NoteSignature | string,
  key: VerifierKey,
): { timestamp: bigint } | null {
  const parsed = typeof cosignature === 'string' ? parseOrNull(cosignature) : cosignature
  if (parsed === null || key.type !== cosignerKeyType || !claimsKey(parsed, key)) return null
  if (parsed.signature.length < timeBytes) return null
  const timestamp = parsed.signature.readBigUInt64BE(0)
  if (timestamp > maxTimestamp) return null
  const signature = parsed.signature.subarray(timeBytes)
  return verifyEd25519(key.publicKey, cosignedMessage(noteText, timestamp), signature) ? { timestamp } : null
}

/**
 * Which of the keys cosigned a note, by the text of the key, with the latest time. Keys of other types and signatures
 * of other keys are skipped. A cosignature with time 0 is good but does not count: tlog-witness forbids it.
 * @throws NoteError 'bad-signature' when one that claims a known key is wrong, though there be a good one beside it
 */
export function cosignaturesOf(note: Note, keys: readonly VerifierKey[]): Map<string, bigint> {
  const times = new Map<string, bigint>()
  for (const key of keys) {
    if (key.type !== cosignerKeyType) continue
    const latest = latestOf(note, key)
    if (latest > 0n) times.set(formatVerifierKey(key), latest)
  }
  return times
}

/** The latest time of a key's cosignatures; 0 when there is none. */
function latestOf(note: Note, key: VerifierKey): bigint {
  let latest = 0n
  for (const signature of note.signatures) {
    if (!claimsKey(signature, key)) continue
    const verified = verifyCosignature(note.text, signature, key)
    if (verified === null) throw new NoteError('bad-signature', `a cosignature of ${key.name} is wrong`)
    if (verified.timestamp > latest) latest = verified.timestamp
  }
  return latest
}

/** A header that no checkpoint can begin with, the time, and the whole text of the note. */
function cosignedMessage(noteText: string, seconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${noteText}`)
}

function parseOrNull(line: string): NoteSignature | null {
  try {
    return parseSignatureLine(line)
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

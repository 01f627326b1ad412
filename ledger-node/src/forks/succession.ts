import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson } from '../canonical-json.ts'
import { opens } from '../commitment.ts'
import { Digest, decodeEntry, leafHash, maxEntryBytes } from '../entry.ts'
import { LogSucceeded } from '../kinds.ts'
import { KeyError, logKeyType, parseVerifierKey, type VerifierKey } from '../note/key.ts'
import { NoteError } from '../note/note.ts'
import { maxTlogProofBytes, parseProof, verifyProof } from '../note/tlog-proof.ts'
import { ProofError } from '../tree/proof.ts'
import { isNextGeneration, StatementError } from './statement.ts'

/**
 * What a log says itself about the log that goes on in its place: its last entry, of kind `log-succeeded`, with all
 * that is needed to check it. Canonical JSON with
 *
 *     format   "tanbox-succession@1"
 *     content  the canonical JSON of the content, as a string: origin and key of the new log
 *     salt     of the commitment, lower-case hex
 *     entry    the bytes of the entry, as a string
 *     proof    its receipt, a tlog-proof by the key of the old log
 */
export interface Succession {
  content: string
  salt: string
  entry: string
  proof: string
}

export const maxSuccessionBytes = 256 * 1024

const FileSchema = Type.Object(
  {
    format: Type.Literal('tanbox-succession@1'),
    content: Type.String({ maxLength: 2048 }),
    salt: Digest,
    entry: Type.String({ maxLength: maxEntryBytes }),
    proof: Type.String({ maxLength: maxTlogProofBytes }),
  },
  { additionalProperties: false },
)
const validator = Compile(FileSchema)
const contentValidator = Compile(LogSucceeded)

export function formatSuccession(succession: Succession): string {
  return `${canonicalJson({ format: 'tanbox-succession@1', ...succession })}\n`
}

/** @throws StatementError */
export function parseSuccession(bytes: Uint8Array): Succession {
  if (bytes.length > maxSuccessionBytes) throw new StatementError('The succession is too long.')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new StatementError('This is neither a statement nor a succession.', { cause })
  }
  if (!validator.Check(value))
    throw new StatementError('This is no succession of format tanbox-succession@1.')
  const { content, salt, entry, proof } = value
  return { content, salt, entry, proof }
}

/**
 * Checks with the key of the old log that its entry names the new one.
 * @throws StatementError
 */
export function verifySuccession(
  { content, salt, entry, proof }: Succession,
  oldKey: VerifierKey,
): { newOrigin: string; key: VerifierKey } {
  try {
    const bytes = Buffer.from(entry)
    const { type, commitment } = decodeEntry(bytes)
    verifyProof(parseProof(proof), Buffer.from(leafHash(bytes), 'hex'), oldKey)
    const said: unknown = JSON.parse(content)
    if (type !== 'log-succeeded' || !opens(commitment, content, salt) || !contentValidator.Check(said))
      throw new StatementError('The entry does not name a log that goes on.')
    const key = parseVerifierKey(said.key)
    if (key.type !== logKeyType || key.name !== said.origin || !isNextGeneration(oldKey.name, said.origin))
      throw new StatementError('The new log is not a later generation of the old one.')
    return { newOrigin: said.origin, key }
  } catch (cause) {
    if (cause instanceof StatementError) throw cause
    const isTheirs = [NoteError, ProofError, KeyError, TypeError, SyntaxError].some(
      (it) => cause instanceof it,
    )
    if (!isTheirs) throw cause
    throw new StatementError(`The succession does not hold: ${(cause as Error).message}.`, { cause })
  }
}

/** The origin of the log whose entry it is, by its receipt. @throws StatementError */
export function oldOriginOf({ proof }: Succession): string {
  try {
    return parseProof(proof).checkpoint.split('\n', 1)[0]!
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new StatementError(`The receipt cannot be read: ${cause.message}.`, { cause })
  }
}

import { decodeHash, encodeBase64 } from '../note/base64.ts'
import { formatDecimal, parseDecimal } from '../note/decimal.ts'
import { signEd25519, verifyEd25519 } from '../note/ed25519.ts'
import {
  formatVerifierKey,
  KeyError,
  logKeyType,
  parseVerifierKey,
  type SignerKey,
  type VerifierKey,
  verifierOf,
} from '../note/key.ts'
import { claimsKey, formatNote, NoteError, parseNote, signatureLine } from '../note/note.ts'

/**
 * What the administrators of a group of boxes state when a log cannot go on by itself: lost with its disk, restored to
 * a past that nobody can complete, or forked. A signed note (C2SP signed-note) whose text has these lines:
 *
 *     tanbox.dev/log-statement/v1
 *     <origin of the old log>
 *     <origin of the new log>
 *     <key of the new log>
 *     <size and root in base64 of the last checkpoint of the old log that is known, or "0 -">
 *     <reason, one line>
 *
 * Signed by administrators' keys (Ed25519, type 0x01, `<host>/<box id>/admin`), which are persons' keys and sign
 * nothing else. Needed are more than half of those recorded in `peers.json`, each counted once.
 */
export interface Statement {
  oldOrigin: string
  newOrigin: string
  key: VerifierKey
  last: { size: bigint; root: Buffer } | null
  reason: string
}

/** The text is no statement, or too few administrators signed it. */
export class StatementError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StatementError'
  }
}

const header = 'tanbox.dev/log-statement/v1'
const maxReason = 1000

/** How many of `n` administrators have to sign. */
export function statementThreshold(n: number): number {
  return Math.floor(n / 2) + 1
}

/** The text that is signed. @throws StatementError when it could not be read again */
export function formatStatement({ oldOrigin, newOrigin, key, last, reason }: Statement): string {
  const known = last ? `${formatDecimal(last.size)} ${encodeBase64(last.root)}` : '0 -'
  const text = `${[header, oldOrigin, newOrigin, formatVerifierKey(key), known, reason].join('\n')}\n`
  parseStatement(text)
  return text
}

/** @throws StatementError */
export function parseStatement(text: string): Statement {
  const [first, oldOrigin, newOrigin, keyText, known, reason, end, ...rest] = text.split('\n')
  const isShaped = first === header && end === '' && rest.length === 0
  if (!isShaped || !oldOrigin || !newOrigin || !reason)
    throw new StatementError('This is no statement about a log.')
  if (reason.length > maxReason) throw new StatementError(`A reason has at most ${maxReason} characters.`)
  const key = keyOf(keyText ?? '')
  if (key.type !== logKeyType || key.name !== newOrigin)
    throw new StatementError('The key of the statement is not one of the new log.')
  if (!isNextGeneration(oldOrigin, newOrigin))
    throw new StatementError('The new log is not a later generation of the old one.')
  return { oldOrigin, newOrigin, key, last: lastOf(known ?? ''), reason }
}

/** One administrator's signature line on a text. */
export function signStatement(text: string, admin: SignerKey): string {
  parseStatement(text)
  return signatureLine(verifierOf(admin), signEd25519(admin.seed, Buffer.from(text)))
}

/** The statement with the signatures collected for it. */
export function sealStatement(text: string, lines: readonly string[]): string {
  return formatNote(text, lines)
}

/**
 * Checks a statement and counts its administrators.
 * @param admins keys on record; two that hold the same public key count once
 * @throws NoteError for a wrong signature of one of them, StatementError when too few have signed
 */
export function verifyStatement(note: Uint8Array | string, admins: readonly VerifierKey[]): Statement {
  const { text, signatures } = parseNote(note)
  const statement = parseStatement(text)
  const signed = new Set<string>()
  for (const admin of admins) {
    for (const signature of signatures) {
      if (!claimsKey(signature, admin)) continue
      if (!verifyEd25519(admin.publicKey, Buffer.from(text), signature.signature))
        throw new NoteError('bad-signature', `the signature of ${admin.name} is wrong`)
      signed.add(admin.publicKey.toString('hex'))
    }
  }
  const n = new Set(admins.map(({ publicKey }) => publicKey.toString('hex'))).size
  const needed = statementThreshold(n)
  if (n === 0 || signed.size < needed)
    throw new StatementError(`${signed.size} of ${n} administrators signed; ${needed} are needed.`)
  return statement
}

function keyOf(text: string): VerifierKey {
  try {
    return parseVerifierKey(text)
  } catch (cause) {
    if (cause instanceof KeyError) throw new StatementError('The statement holds no key.', { cause })
    throw cause
  }
}

function lastOf(line: string): Statement['last'] {
  if (line === '0 -') return null
  const [digits = '', hash = '', ...rest] = line.split(' ')
  const size = parseDecimal(digits)
  const root = decodeHash(hash)
  if (size === null || root === null || rest.length > 0)
    throw new StatementError('The last checkpoint of the statement cannot be read.')
  return { size, root }
}

/** Whether both are logs of one box, `<host>/<box id>/<generation>`, the second later than the first. */
export function isNextGeneration(oldOrigin: string, newOrigin: string): boolean {
  const parts = (origin: string) => /^(.+)\/([1-9][0-9]{0,8})$/.exec(origin)
  const [, oldBox, before] = parts(oldOrigin) ?? []
  const [, newBox, after] = parts(newOrigin) ?? []
  return oldBox !== undefined && oldBox === newBox && Number(after) > Number(before)
}

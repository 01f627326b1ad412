import { decodeHash, encodeBase64 } from '../note/base64.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import type { VerifierKey } from '../note/key.ts'
import { decodeText, maxNoteBytes, parseNote } from '../note/note.ts'
import { foldFork } from '../tree/fork-range.ts'
import { ProofError } from '../tree/proof.ts'

/**
 * A fork proof: one file that shows to anybody who knows a log's key that the log signed two histories. UTF-8, lines
 * end with U+000A:
 *
 *     tanbox.dev/fork-proof/v1
 *     same-size | no-prefix
 *     notes <bytes of the first note> <bytes of the second>
 *     <hash in base64>            (any number of lines, none for same-size)
 *     <empty line>
 *     <first note><second note>   (byte for byte, nothing between or after)
 *
 * `same-size`: both notes are checkpoints of one size and have different roots.
 *
 * `no-prefix`: the first is of size m, the second of size n, 0 < m < n. The hashes are those of the tree of size n for
 * the maximal complete subtrees of [0, m), from left to right, then of [m, n). Those of [0, m) are there also when m
 * is a power of two. All of them fold to the root of the second note; those of [0, m) fold to another root than that
 * of the first note.
 *
 * Both notes have the same origin, and each a signature of the log's key.
 */
export interface ForkProof {
  kind: 'same-size' | 'no-prefix'
  /** The signed note of the smaller tree. */
  first: string
  second: string
  /** 32 bytes each. */
  hashes: readonly Buffer[]
}

/** What a proof that holds says. */
export interface ProvedFork {
  origin: string
  first: Checkpoint
  second: Checkpoint
}

export type ForkProofProblem = 'malformed' | 'other-log' | 'no-fork'

/** A file that proves no fork of this log. */
export class ForkProofError extends Error {
  readonly code: ForkProofProblem

  constructor(code: ForkProofProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ForkProofError'
    this.code = code
  }
}

const header = 'tanbox.dev/fork-proof/v1'
/** At most 63 subtrees of [0, m) and twice as many of [m, n). */
const maxHashes = 63 + 2 * 63
/** Bytes of a proof at most: two notes, and the lines before them. */
export const maxForkProofBytes = 2 * maxNoteBytes + 16 * 1024

/**
 * Proof of two checkpoints of one size.
 * @param one, other the signed notes; the order does not matter
 */
export function sameSizeProof(one: string, other: string): ForkProof {
  // One order, so that whoever finds the same fork makes the same file.
  const [first, second] = one < other ? [one, other] : [other, one]
  return { kind: 'same-size', first, second, hashes: [] }
}

export function noPrefixProof(smaller: string, larger: string, hashes: readonly Buffer[]): ForkProof {
  return { kind: 'no-prefix', first: smaller, second: larger, hashes }
}

export function formatForkProof({ kind, first, second, hashes }: ForkProof): string {
  const lengths = `notes ${Buffer.byteLength(first)} ${Buffer.byteLength(second)}`
  return [header, kind, lengths, ...hashes.map(encodeBase64), '', first + second].join('\n')
}

/**
 * Takes a proof apart. Nothing is verified.
 * @throws ForkProofError 'malformed'
 */
export function parseForkProof(input: Uint8Array | string): ForkProof {
  const text = readText(input)
  const end = text.indexOf('\n\n')
  if (end < 0) throw malformed('an empty line stands before the notes')
  const [first, kind, lengths = '', ...lines] = text.slice(0, end).split('\n', 4 + maxHashes)
  if (first !== header) throw malformed(`the first line is ${header}`)
  if (kind !== 'same-size' && kind !== 'no-prefix')
    throw malformed('the second line is same-size or no-prefix')
  if (lines.length > maxHashes) throw malformed(`more than ${maxHashes} hashes`)
  const hashes = lines.map((line) => {
    const hash = decodeHash(line)
    if (hash === null) throw malformed('a hash is 32 bytes in strict base64')
    return hash
  })
  return { kind, ...cutNotes(lengths, Buffer.from(text.slice(end + 2))), hashes }
}

function cutNotes(line: string, notes: Buffer): { first: string; second: string } {
  const [, one, other] = /^notes ([1-9][0-9]{0,5}) ([1-9][0-9]{0,5})$/.exec(line) ?? []
  if (one === undefined || Number(one) + Number(other) !== notes.length)
    throw malformed('the third line says how many bytes each of the two notes has')
  const first = notes.subarray(0, Number(one)).toString('utf8')
  const second = notes.subarray(Number(one)).toString('utf8')
  // A length that ends inside a character makes other bytes.
  if (!Buffer.from(first + second).equals(notes)) throw malformed('a note is cut inside a character')
  return { first, second }
}

/** The origin that a proof claims to be about, to find the key by. @throws ForkProofError 'malformed' */
export function originOfProof(proof: ForkProof): string {
  try {
    return parseCheckpoint(parseNote(proof.first).text).origin
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/**
 * Checks a proof with the log's key and nothing else.
 * @throws ForkProofError 'other-log' when the notes are not both signed by this log; 'no-fork' when they do not show two
 * histories
 */
export function verifyForkProof(proof: ForkProof, logKey: VerifierKey): ProvedFork {
  const first = open(proof.first, logKey)
  const second = open(proof.second, logKey)
  const { origin } = first
  if (proof.kind === 'same-size') {
    if (proof.hashes.length > 0) throw malformed('a proof of one size has no hashes')
    if (first.size !== second.size) throw noFork('the checkpoints are not of one size')
    if (first.root.equals(second.root)) throw noFork('both checkpoints have the same root')
    return { origin, first, second }
  }
  const { oldRoot, newRoot } = fold(first.size, second.size, proof.hashes)
  if (!newRoot.equals(second.root)) throw noFork('the hashes are not those of the larger tree')
  if (oldRoot.equals(first.root)) throw noFork('the smaller tree is the beginning of the larger one')
  return { origin, first, second }
}

function open(note: string, logKey: VerifierKey): Checkpoint {
  try {
    return openCheckpoint(note, logKey).checkpoint
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ForkProofError('other-log', `a note is not one of this log: ${reason}`, { cause })
  }
}

function fold(m: bigint, n: bigint, hashes: readonly Buffer[]): { oldRoot: Buffer; newRoot: Buffer } {
  try {
    return foldFork({ m, n, hashes })
  } catch (error) {
    if (error instanceof ProofError) throw noFork(error.message)
    throw error
  }
}

function readText(input: Uint8Array | string): string {
  try {
    return decodeText(input, maxForkProofBytes)
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function malformed(message: string, options?: ErrorOptions): ForkProofError {
  return new ForkProofError('malformed', message, options)
}

function noFork(message: string): ForkProofError {
  return new ForkProofError('no-fork', message)
}

import t from 'tap'
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { encodeBase64 } from '../../src/note/base64.ts'
import {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '../../src/note/checkpoint.ts'
import { cosign, cosignaturesOf, verifyCosignature } from '../../src/note/cosignature.ts'
import {
  formatSignerKey,
  formatVerifierKey,
  KeyError,
  parseSignerKey,
  parseVerifierKey,
} from '../../src/note/key.ts'
import { formatNote, NoteError, parseNote } from '../../src/note/note.ts'
import { checkPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import { PolicyError } from '../../src/note/policy-rules.ts'
import { formatProof, parseProof, verifyProof } from '../../src/note/tlog-proof.ts'
import { hashChildren, hashLeaf } from '../../src/tree/hash.ts'
import { ProofError } from '../../src/tree/proof.ts'
import { logSigner, witnessSigner } from './signers.ts'

/**
 * Whatever becomes of valid bytes: the room answers with its own errors, and what it still takes is what it would
 * write. The mutations are the same in every run.
 */

const rounds = 4000
const log = logSigner()
const [first, second] = [witnessSigner('w/1', 1), witnessSigner('w/2', 2)]
const leaves = [hashLeaf(Buffer.from('a')), hashLeaf(Buffer.from('b'))] as const
const signed = signCheckpoint(
  { origin: log.name, size: 2n, root: hashChildren(...leaves), extensions: ['an extension é'] },
  log,
)
const { text } = parseNote(signed)
const note = signed + cosign(text, first, 5n) + cosign(text, second, 2n ** 63n - 1n)
const proof = formatProof({ extra: Buffer.from('salt'), index: 0n, proof: [leaves[1]], checkpoint: note })
const request = formatAddCheckpoint({ old: 1n, proof: [leaves[0], leaves[1]], note })
const policy = `# a policy é
log ${formatVerifierKey(log)} https://log.example/
witness A ${formatVerifierKey(first)}
witness é ${formatVerifierKey(second)}
group g 2 A é
group h any g
quorum h
`

/** What is put in between. */
const pieces = [
  '\n',
  '\n\n',
  ' ',
  '\t',
  '\r',
  '=',
  '+',
  '0',
  '—',
  '— ',
  'é',
  '\u00a0',
  '-',
  '18446744073709551616',
]
  .map((piece) => Buffer.from(piece))
  .concat(Buffer.of(0), Buffer.of(0xff), Buffer.of(0x80), Buffer.from(encodeBase64(Buffer.alloc(32))))

t.test('notes, checkpoints and cosignatures', async (t) => {
  const taken = mutate(note, 1, [NoteError], (bytes) => {
    const read = parseNote(bytes)
    same(
      formatNote(
        read.text,
        read.signatures.map(({ line }) => line),
      ),
      bytes,
    )
    for (const { line } of read.signatures) verifyCosignature(read.text, line, first)
    // What is not the log's own text does not open.
    same(openCheckpoint(read, log).text, Buffer.from(text))
    for (const time of cosignaturesOf(read, [first, second]).values()) {
      if (time !== 5n && time !== 2n ** 63n - 1n) throw new TypeError('a cosignature that nobody made')
    }
  })
  t.ok(taken > 0, 'a changed name of a signer is an unknown key, and is skipped')
  const texts = mutate(text, 2, [NoteError], (bytes) => {
    const mutated = bytes.toString()
    same(formatCheckpoint(parseCheckpoint(mutated)), Buffer.from(mutated))
  })
  t.ok(texts > 0 && texts < rounds)
})

t.test('proofs', async (t) => {
  const taken = mutate(proof, 3, [NoteError, ProofError], (bytes) => {
    const read = parseProof(bytes)
    same(formatProof(read), bytes)
    same(verifyProof(read, leaves[0], log).origin, Buffer.from(log.name))
    if (read.index !== 0n) throw new TypeError('proved at another index')
  })
  t.ok(taken > 0 && taken < rounds)
})

t.test('requests to a witness', async (t) => {
  const taken = mutate(request.toString(), 4, [NoteError], (bytes) => {
    same(formatAddCheckpoint(parseAddCheckpoint(bytes)), bytes)
    openCheckpoint(parseAddCheckpoint(bytes).note, log)
  })
  t.ok(taken > 0 && taken < rounds)
})

t.test('policies', async (t) => {
  const taken = mutate(policy, 5, [PolicyError], (bytes) => {
    const read = parsePolicy(bytes)
    const written = formatPolicy(read)
    same(formatPolicy(parsePolicy(written)), written)
    if (read.satisfiedBy(new Set()) && read.quorum.kind !== 'none') throw new TypeError('nobody is enough')
  })
  t.ok(taken > 0)
  const final = mutate(policy, 6, [PolicyError, NoteError], (bytes) => {
    checkPolicy(parsePolicy(bytes), note)
  })
  t.ok(final > 0 && final < taken)
})

t.test('keys', async (t) => {
  const keys = mutate(formatVerifierKey(log), 7, [KeyError], (bytes) => {
    const mutated = bytes.toString()
    same(formatVerifierKey(parseVerifierKey(mutated)), Buffer.from(mutated))
  })
  const secrets = mutate(formatSignerKey(first), 8, [KeyError], (bytes) => {
    const mutated = bytes.toString()
    same(formatSignerKey(parseSignerKey(mutated)), Buffer.from(mutated))
  })
  t.ok(keys < rounds / 10 && secrets < rounds / 10, 'next to nothing, and that unchanged')
})

t.test('bytes that were never valid', async (t) => {
  const random = randomOf(9)
  const errors = [NoteError, KeyError, PolicyError]
  for (let round = 0; round < rounds; round++) {
    const bytes = Buffer.from(Array.from({ length: random(200) }, () => random(256)))
    for (const parse of [parseNote, parsePolicy, parseProof, parseAddCheckpoint])
      attempt(() => parse(bytes), errors)
    for (const parse of [parseVerifierKey, parseSignerKey, parseCheckpoint]) {
      attempt(() => parse(bytes.toString('latin1')), errors)
    }
  }
  t.pass()
})

type ErrorClass = new (...parameters: never[]) => Error

/** Runs `read` on mutations of a valid text. Returns how many it took, of so many rounds. */
function mutate(
  valid: string,
  seed: number,
  errors: readonly ErrorClass[],
  read: (bytes: Buffer) => void,
): number {
  const random = randomOf(seed)
  const original = Buffer.from(valid)
  read(original)
  let taken = 0
  for (let round = 0; round < rounds; round++) {
    let bytes: Buffer = original
    for (let change = random(3); change >= 0; change--) bytes = changed(bytes, random)
    if (attempt(() => read(bytes), errors)) taken++
  }
  return taken
}

/** False when it throws one of the errors; any other goes on. */
function attempt(run: () => void, errors: readonly ErrorClass[]): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (errors.some((one) => error instanceof one)) return false
    throw error
  }
}

function same(written: string | Buffer, bytes: Buffer): void {
  if (!Buffer.from(written).equals(bytes)) throw new TypeError('taken, and written otherwise')
}

function changed(bytes: Buffer, random: (below: number) => number): Buffer {
  const [a, b] = [random(bytes.length + 1), random(bytes.length + 1)].sort((x, y) => x - y) as [
    number,
    number,
  ]
  const [before, between, after] = [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]
  const kind = random(8)
  if (kind === 0) return Buffer.concat([before, Buffer.of(random(256)), bytes.subarray(a)])
  if (kind === 1) return Buffer.concat([before, pieces[random(pieces.length)]!, bytes.subarray(a)])
  if (kind === 2) return Buffer.concat([before, after])
  if (kind === 3) return Buffer.concat([before, between, between, after])
  if (kind === 4) return before
  if (kind === 5) return Buffer.concat([before, bytes.subarray(a + 1)])
  if (kind === 6) return swapLines(bytes, random)
  const flipped = Buffer.from(bytes)
  if (a < flipped.length) flipped[a]! ^= 1 << random(8)
  return flipped
}

function swapLines(bytes: Buffer, random: (below: number) => number): Buffer {
  const lines = bytes.toString('latin1').split('\n')
  const [a, b] = [random(lines.length), random(lines.length)]
  ;[lines[a], lines[b]] = [lines[b]!, lines[a]!]
  return Buffer.from(lines.join('\n'), 'latin1')
}

/** Whole numbers below a bound, by mulberry32: the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

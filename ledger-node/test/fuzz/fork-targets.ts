import { commit } from '../../src/entry.ts'
import {
  formatForkProof,
  noPrefixProof,
  originOfProof,
  parseForkProof,
  sameSizeProof,
  verifyForkProof,
} from '../../src/forks/fork-proof.ts'
import {
  formatStatement,
  parseStatement,
  sealStatement,
  signStatement,
  verifyStatement,
} from '../../src/forks/statement.ts'
import { formatSuccession, parseSuccession, verifySuccession } from '../../src/forks/succession.ts'
import { formatCheckpoint, openCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { formatVerifierKey, logKeyType, makeSignerKey, parseVerifierKey } from '../../src/note/key.ts'
import { parseNote } from '../../src/note/note.ts'
import { formatProof } from '../../src/note/tlog-proof.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { madeEntries, signedCheckpoint, testLogKey, testWitness } from '../support/static-log.ts'
import { type FuzzTarget, insist } from './target.ts'

/** Proofs that a log forked. */
export function forkTargets(entries: readonly Buffer[]): FuzzTarget[] {
  const fork = [...entries.slice(0, 100), ...madeEntries(310).slice(110)]
  const one = signedCheckpoint(entries)
  const samples = [
    formatForkProof(sameSizeProof(one, signedCheckpoint(fork))),
    formatForkProof(noPrefixProof(signedCheckpoint(fork.slice(0, 200)), one, rangesOf(entries, 200))),
  ]
  // Whoever has both sides can put them together in either way; nobody can make a third.
  const signed = new Set(
    samples.flatMap((sample) => {
      const { first, second } = parseForkProof(sample)
      return [first, second].map((note) => parseNote(note).text)
    }),
  )
  return [
    {
      name: 'fork proof',
      samples: samples.map((sample) => Buffer.from(sample)),
      weight: 10,
      errors: ['ForkProofError', 'NoteError'],
      run(input) {
        const proof = parseForkProof(input)
        insist(formatForkProof(proof) === input.toString(), 'a fork proof is not what it was read from')
        originOfProof(proof)
        const { first, second } = verifyForkProof(proof, testLogKey)
        for (const side of [first, second])
          insist(signed.has(formatCheckpoint(side)), 'a fork of what nobody signed')
      },
    },
  ]
}

/** Hashes of the subtrees of [0, m) and [m, n), by way of small trees. */
function rangesOf(entries: readonly Buffer[], m: number): Buffer[] {
  const hashes: Buffer[] = []
  for (const [from, to] of [
    [0, m],
    [m, entries.length],
  ] as const) {
    for (let at = from; at < to; ) {
      let width = 1
      while (at % (width * 2) === 0 && at + width * 2 <= to) width *= 2
      const tree = new Frontier()
      for (const entry of entries.slice(at, at + width)) tree.append(hashLeaf(entry))
      hashes.push(tree.root())
      at += width
    }
  }
  return hashes
}

/** What says that a log goes on under another name. */
export function statementTargets(): FuzzTarget[] {
  const admins = [1, 2, 3].map((at) =>
    makeSignerKey(`box${at}.test/aa/admin`, logKeyType, Buffer.alloc(32, 50 + at)),
  )
  const successor = makeSignerKey('box.test/00112233445566aa/2', logKeyType, Buffer.alloc(32, 60))
  const about = { oldOrigin: testLogKey.name, newOrigin: successor.name, key: successor, reason: '磁盘坏了' }
  const text = formatStatement({ ...about, last: { size: 7n, root: hashLeaf(Buffer.alloc(1)) } })
  const note = sealStatement(
    text,
    admins.slice(0, 2).map((admin) => signStatement(text, admin)),
  )
  const content = JSON.stringify({
    at: '2026-11-23T08:00:00.000Z',
    key: formatVerifierKey(successor),
    origin: successor.name,
  })
  const { canonical, salt, commitment } = commit(JSON.parse(content))
  const [entry] = madeEntries(1, (it) => ({ ...it, type: 'log-succeeded', commitment }))
  const checkpoint = signCheckpoint(
    { origin: testLogKey.name, size: 1n, root: hashLeaf(entry!), extensions: [] },
    testLogKey,
  )
  const proof = formatProof({ index: 0n, proof: [], checkpoint })
  const succession = formatSuccession({ content: canonical, salt, entry: entry!.toString(), proof })
  return [
    {
      name: 'statement',
      samples: [Buffer.from(note), Buffer.from(sealStatement(text, [signStatement(text, admins[2]!)]))],
      weight: 6,
      errors: ['StatementError', 'NoteError'],
      run(input) {
        const stated = verifyStatement(input, admins)
        insist(formatStatement(stated) === text, 'a statement holds that nobody signed')
        parseStatement(text)
      },
    },
    {
      name: 'succession',
      samples: [Buffer.from(succession)],
      weight: 6,
      errors: ['StatementError'],
      run(input) {
        const { newOrigin } = verifySuccession(parseSuccession(input), testLogKey)
        insist(newOrigin === successor.name, 'a log goes on that was not named')
      },
    },
    {
      name: 'a stranger’s key',
      samples: [testWitness(9), successor, testLogKey].map((key) => Buffer.from(formatVerifierKey(key))),
      weight: 2,
      errors: ['KeyError', 'NoteError'],
      run(input) {
        openCheckpoint(checkpoint, parseVerifierKey(input.toString()))
      },
    },
  ]
}

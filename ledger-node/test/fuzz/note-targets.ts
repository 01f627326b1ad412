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
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '../../src/note/checkpoint.ts'
import { cosignaturesOf } from '../../src/note/cosignature.ts'
import { formatVerifierKey, logKeyType, makeSignerKey, parseVerifierKey } from '../../src/note/key.ts'
import { formatNote, parseNote } from '../../src/note/note.ts'
import { checkPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import { formatProof, parseProof, verifyProof } from '../../src/note/tlog-proof.ts'
import { checkReceipt } from '../../src/receipt/check-receipt.ts'
import { formatReceipt, parseReceipt } from '../../src/receipt/receipt-file.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { makeReceipt, policyText, witnesses } from '../receipt/made-receipt.ts'
import { madeEntries, signedCheckpoint, testLogKey, testWitness } from '../support/static-log.ts'
import { type FuzzTarget, insist } from './target.ts'

/** Everything that is signed, or says who may sign. What verifies has to be what was signed. */
export async function noteTargets(): Promise<FuzzTarget[]> {
  const entries = madeEntries(300)
  const notes = [1, 255, 300].map((size) => signedCheckpoint(entries.slice(0, size), witnesses))
  const signedTexts = new Set(notes.map((note) => parseNote(note).text))
  const keys = [testLogKey, ...witnesses].map(formatVerifierKey)
  const receipt = await makeReceipt()
  const proofs = [receipt.proof, receipt.proof.replace('index', 'extra aGVsbG8=\nindex')]
  const receiptText = parseNote(parseProof(receipt.proof).checkpoint).text
  return [
    {
      name: 'note',
      samples: notes.map((note) => Buffer.from(note)),
      weight: 10,
      errors: ['NoteError'],
      run(input) {
        const note = parseNote(input)
        const lines = note.signatures.map(({ line }) => line)
        insist(formatNote(note.text, lines) === input.toString(), 'a note is not what it was read from')
      },
    },
    {
      name: 'checkpoint',
      samples: notes.map((note) => Buffer.from(note)),
      weight: 10,
      errors: ['NoteError'],
      run(input) {
        const { text, note } = openCheckpoint(input, testLogKey)
        insist(signedTexts.has(text), 'a checkpoint was taken that nobody signed')
        cosignaturesOf(note, witnesses)
      },
    },
    {
      name: 'checkpoint text',
      samples: [...signedTexts, 'x\n18446744073709551615\nAAAA\next\n'].map((text) => Buffer.from(text)),
      weight: 5,
      errors: ['NoteError'],
      run(input) {
        const text = input.toString()
        insist(formatCheckpoint(parseCheckpoint(text)) === text, 'a checkpoint is not what it was read from')
      },
    },
    {
      name: 'verifier key',
      samples: keys.map((key) => Buffer.from(key)),
      weight: 10,
      errors: ['KeyError'],
      run(input) {
        const text = input.toString()
        insist(formatVerifierKey(parseVerifierKey(text)) === text, 'a key is not what it was read from')
      },
    },
    {
      name: 'policy',
      samples: [policyText, `log ${keys[0]} https://x.test/\n# 碳\n${policyText}`, 'quorum none\n'].map(
        (text) => Buffer.from(text),
      ),
      weight: 8,
      errors: ['PolicyError', 'NoteError'],
      run(input) {
        const policy = parsePolicy(input)
        const again = formatPolicy(policy)
        insist(formatPolicy(parsePolicy(again)).equals(again), 'a policy changes when it is written')
        checkPolicy(policy, notes[2]!, testLogKey)
      },
    },
    {
      name: 'tlog-proof',
      samples: proofs.map((proof) => Buffer.from(proof)),
      weight: 10,
      errors: ['NoteError', 'ProofError'],
      run(input) {
        const proof = parseProof(input)
        insist(formatProof(proof) === input.toString(), 'a proof is not what it was read from')
        verifyProof(proof, hashLeaf(Buffer.from(receipt.entry)), testLogKey)
        insist(proof.index === 255n, 'an entry was found where it is not')
        insist(parseNote(proof.checkpoint).text === receiptText, 'a proof holds without a signature')
      },
    },
    {
      name: 'add-checkpoint request',
      samples: [
        formatAddCheckpoint({ old: 0n, proof: [], note: notes[0]! }),
        formatAddCheckpoint({
          old: 255n,
          proof: [hashLeaf(entries[0]!), hashLeaf(entries[1]!)],
          note: notes[2]!,
        }),
      ],
      weight: 8,
      errors: ['NoteError'],
      run(input) {
        insist(
          formatAddCheckpoint(parseAddCheckpoint(input)).equals(input),
          'a request is not what it was read from',
        )
      },
    },
    {
      name: 'receipt',
      samples: [Buffer.from(formatReceipt(receipt))],
      weight: 8,
      errors: ['ReceiptError', 'KeyError', 'PolicyError'],
      run(input) {
        const file = parseReceipt(input)
        const { ok, steps } = checkReceipt({
          proof: file.proof,
          entry: Buffer.from(file.entry),
          key: testLogKey,
          policy: parsePolicy(file.policy ?? policyText),
          ...(file.salt !== undefined && { salt: file.salt }),
          ...(file.content !== undefined && { content: file.content }),
        })
        insist(!ok || file.entry === receipt.entry, 'another entry has a receipt')
        insist(
          steps.signature.result !== 'good' ||
            parseNote(parseProof(file.proof).checkpoint).text === receiptText,
          'a receipt holds without a signature',
        )
      },
    },
    ...forkTargets(entries),
    ...statementTargets(),
  ]
}

function forkTargets(entries: readonly Buffer[]): FuzzTarget[] {
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

function statementTargets(): FuzzTarget[] {
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

import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '../../src/note/checkpoint.ts'
import { cosignaturesOf } from '../../src/note/cosignature.ts'
import { formatVerifierKey, parseVerifierKey } from '../../src/note/key.ts'
import { formatNote, parseNote } from '../../src/note/note.ts'
import { checkPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import { formatProof, parseProof, verifyProof } from '../../src/note/tlog-proof.ts'
import { checkReceipt } from '../../src/receipt/check-receipt.ts'
import { formatReceipt, parseReceipt } from '../../src/receipt/receipt-file.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { makeReceipt, policyText, witnesses } from '../receipt/made-receipt.ts'
import { madeEntries, signedCheckpoint, testLogKey } from '../support/static-log.ts'
import { forkTargets, statementTargets } from './fork-targets.ts'
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

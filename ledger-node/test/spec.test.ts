import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { emptyHead, follow } from '../src/chain.ts'
import { decodeEntry, leafHash, opens } from '../src/entry.ts'
import { commitTo, kinds } from '../src/kinds.ts'
import { formatAddCheckpoint, parseAddCheckpoint } from '../src/note/add-checkpoint.ts'
import { openCheckpoint, signCheckpoint } from '../src/note/checkpoint.ts'
import { cosign, cosignaturesOf } from '../src/note/cosignature.ts'
import { cosignerKeyType, formatVerifierKey, logKeyType, makeSignerKey } from '../src/note/key.ts'
import { parseNote } from '../src/note/note.ts'
import { formatProof, parseProof, verifyProof } from '../src/note/tlog-proof.ts'
import { Frontier } from '../src/tree/frontier.ts'
import { hashLeaf } from '../src/tree/hash.ts'

const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8')

/** The fenced blocks of this kind, in their order. */
function examples(kind: string): string[] {
  return [...spec.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)\n\`\`\`$`, 'gms'))].map(([, text]) => text!)
}

t.test('the commitment of the example is recomputed, without our own code too', async (t) => {
  const [content, salt, commitment] = ['text content', 'text salt', 'text commitment'].map(
    (kind) => examples(kind)[0]!,
  )
  t.ok(opens(commitment!, content!, salt!))
  t.equal(createHmac('sha256', Buffer.from(salt!, 'hex')).update(content!, 'utf8').digest('hex'), commitment)
  t.equal(commitTo('source-removed', JSON.parse(content!)).canonical, content, 'it is the canonical form')
  t.equal(decodeEntry(Buffer.from(examples('text entry')[0]!)).commitment, commitment)
})

t.test('the entries of the example chain, and have the leaf hashes that are said', async (t) => {
  let head = emptyHead
  for (const [index, text] of examples('text entry').entries()) {
    const bytes = Buffer.from(text)
    head = follow(head, bytes).head
    t.equal(head.hash, examples('text leaf')[index])
    t.equal(createHash('sha256').update(Buffer.of(0)).update(bytes).digest('hex'), leafHash(bytes))
  }
  t.equal(head.size, 2)
})

t.test('every kind of the table is in the specification', async (t) => {
  for (const kind of Object.keys(kinds)) t.ok(new RegExp(`^\\| \`${kind}\` +\\|`, 'm').test(spec), kind)
})

const signer = makeSignerKey('box.example/0123456789abcdef/1', logKeyType, Buffer.alloc(32, 1))
const peer = makeSignerKey('peer.example/fedcba9876543210/witness-1', cosignerKeyType, Buffer.alloc(32, 2))
const leaves = examples('text entry').map((text) => hashLeaf(Buffer.from(text)))
const [first, second] = examples('text checkpoint').map((text) => `${text}\n`) as [string, string]

t.test('keys and checkpoints of the example are those of its seeds and of its entries', async (t) => {
  t.same(examples('text vkey')[0]!.split('\n'), [signer, peer].map(formatVerifierKey))
  const frontier = new Frontier()
  for (const [index, note] of [first, second].entries()) {
    frontier.append(leaves[index]!)
    const checkpoint = { origin: signer.name, size: BigInt(index + 1), root: frontier.root(), extensions: [] }
    t.equal(signCheckpoint(checkpoint, signer), note)
    t.equal(openCheckpoint(Buffer.from(note), signer).checkpoint.size, BigInt(index + 1))
  }
})

t.test(
  'request, cosignature and receipt of the example are the ones that are made and accepted',
  async (t) => {
    const request = { old: 1n, proof: [leaves[1]!], note: second }
    t.equal(formatAddCheckpoint(request).toString(), `${examples('text request')[0]}\n`)
    t.same(parseAddCheckpoint(Buffer.from(`${examples('text request')[0]}\n`)), request)
    const line = `${examples('text cosignature')[0]}\n`
    const text = second.slice(0, second.indexOf('\n\n') + 1)
    t.equal(cosign(text, peer, 1795593601n).trimEnd(), line.trimEnd())
    const receipt = `${examples('text proof')[0]}\n`
    t.equal(formatProof({ index: 0n, proof: [leaves[1]!], checkpoint: second + line }), receipt)
    t.equal(verifyProof(parseProof(Buffer.from(receipt)), leaves[0]!, signer).size, 2n)
    t.equal(cosignaturesOf(parseNote(parseProof(receipt).checkpoint), [peer]).size, 1)
  },
)

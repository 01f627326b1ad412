import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { emptyHead, follow } from '../src/chain.ts'
import { cardFingerprint } from '../src/discovery/fingerprint.ts'
import { decodeEntry, leafHash, opens } from '../src/entry.ts'
import { formatForkProof, noPrefixProof, parseForkProof, verifyForkProof } from '../src/forks/fork-proof.ts'
import { formatStatement, sealStatement, signStatement, verifyStatement } from '../src/forks/statement.ts'
import { formatSuccession, parseSuccession, verifySuccession } from '../src/forks/succession.ts'
import { commitTo, kinds } from '../src/kinds.ts'
import { formatAddCheckpoint, parseAddCheckpoint } from '../src/note/add-checkpoint.ts'
import { openCheckpoint, signCheckpoint } from '../src/note/checkpoint.ts'
import { cosign, cosignaturesOf } from '../src/note/cosignature.ts'
import { cosignerKeyType, formatVerifierKey, logKeyType, makeSignerKey, verifierOf } from '../src/note/key.ts'
import { parseNote } from '../src/note/note.ts'
import { parsePolicy } from '../src/note/policy.ts'
import { formatProof, parseProof, verifyProof } from '../src/note/tlog-proof.ts'
import { formatCard, parseCard } from '../src/peers/card.ts'
import { checkReceipt } from '../src/receipt/check-receipt.ts'
import { formatReceipt, parseReceipt } from '../src/receipt/receipt-file.ts'
import { Frontier } from '../src/tree/frontier.ts'
import { hashChildren, hashLeaf } from '../src/tree/hash.ts'

const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8')
const protocol = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8')

/** The fenced blocks of this kind, in their order. */
function examples(kind: string, text = spec): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)\n\`\`\`$`, 'gms'))].map(([, text]) => text!)
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

const next = makeSignerKey('box.example/0123456789abcdef/2', logKeyType, Buffer.alloc(32, 3))
const admins = [
  makeSignerKey('box.example/0123456789abcdef/admin', logKeyType, Buffer.alloc(32, 4)),
  makeSignerKey('peer.example/fedcba9876543210/admin', logKeyType, Buffer.alloc(32, 5)),
]
const rootOfTwo = hashChildren(leaves[0]!, leaves[1]!)

t.test('the receipt file of the example is the one that is made, and good in every step', async (t) => {
  const [salt, content] = ['text salt', 'text content'].map((kind) => examples(kind)[0]!)
  const entry = examples('text entry')[0]!
  const proof = `${examples('text proof')[0]}\n`
  const file = `${examples('json receipt')[0]}\n`
  t.equal(formatReceipt({ proof, entry, salt, content, log: formatVerifierKey(signer) }), file)
  const read = parseReceipt(file)
  const policy = parsePolicy(`witness w ${formatVerifierKey(peer)}\nquorum w\n`)
  t.equal(checkReceipt({ ...read, entry: Buffer.from(read.entry), key: signer, policy }).ok, true)
})

t.test('the statement of the example is what its administrators sign', async (t) => {
  const last = { size: 2n, root: rootOfTwo }
  const said = { oldOrigin: signer.name, newOrigin: next.name, key: verifierOf(next), last }
  const text = formatStatement({ ...said, reason: 'the disk was lost' })
  const note = `${examples('text statement')[0]}\n`
  t.equal(
    sealStatement(
      text,
      admins.map((admin) => signStatement(text, admin)),
    ),
    note,
  )
  t.match(verifyStatement(note, admins), said)
  const unsigned = note.slice(0, note.lastIndexOf('— '))
  t.throws(() => verifyStatement(unsigned, admins), { name: 'StatementError' }, 'one of two is not enough')
})

t.test('the succession of the example holds, and is of the entry that follows the others', async (t) => {
  const file = `${examples('json succession')[0]}\n`
  const read = parseSuccession(Buffer.from(file))
  t.equal(formatSuccession(read), file)
  t.match(verifySuccession(read, signer), { newOrigin: next.name, key: verifierOf(next) })
  const head = examples('text entry').reduce((at, text) => follow(at, Buffer.from(text)).head, emptyHead)
  t.equal(follow(head, Buffer.from(read.entry)).entry.seq, 2)
})

t.test('the fork proof of the example is of a power of two, and made of the two notes', async (t) => {
  const checkpoint = { origin: signer.name, size: 1n, root: leaves[1]!, extensions: [] }
  const other = signCheckpoint(checkpoint, signer)
  const file = `${examples('text fork')[0]}\n`
  t.equal(formatForkProof(noPrefixProof(other, second, leaves)), file)
  t.match(verifyForkProof(parseForkProof(file), signer), { first: { size: 1n }, second: { size: 2n } })
})

t.test('the card of the example is the one that is made, with its fingerprint', async (t) => {
  const name = 'box.example/0123456789abcdef/witness-1'
  const cosigner = makeSignerKey(name, cosignerKeyType, Buffer.alloc(32, 6))
  const urls = ['http://192.168.1.20:8472']
  const card = { name: '碳盒 A', log: signer, cosigner, admin: admins[0]!, urls }
  t.equal(formatCard(card), examples('json card', protocol)[0])
  t.equal(cardFingerprint(parseCard(formatCard(card))), examples('text fingerprint', protocol)[0])
})

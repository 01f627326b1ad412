import t from 'tap'
import { encodeBase64 } from '../../src/note/base64.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { NoteError, parseNote } from '../../src/note/note.ts'
import {
  formatProof,
  maxExtraBytes,
  maxTlogProofBytes,
  parseProof,
  verifyProof,
} from '../../src/note/tlog-proof.ts'
import { hashChildren, hashLeaf } from '../../src/tree/hash.ts'
import { ProofError } from '../../src/tree/proof.ts'
import { logSigner, witnessSigner } from './signers.ts'

const signer = logSigner()
const leaves = ['a', 'b', 'c'].map((entry) => hashLeaf(Buffer.from(entry)))
const [first, second, third] = leaves as [Buffer, Buffer, Buffer]
const pair = hashChildren(first, second)
const checkpoint = signCheckpoint(
  { origin: signer.name, size: 3n, root: hashChildren(pair, third), extensions: [] },
  signer,
)
const proof = { index: 1n, proof: [first, third], checkpoint }
const header = 'c2sp.org/tlog-proof@v1\n'

t.test('a proof of each leaf verifies, and of no other', async (t) => {
  const paths = [[second, third], [first, third], [pair]]
  for (const [index, path] of paths.entries()) {
    const read = parseProof(formatProof({ index: BigInt(index), proof: path, checkpoint }))
    t.equal(verifyProof(read, leaves[index]!, signer).size, 3n)
    for (const other of leaves.filter((leaf) => leaf !== leaves[index])) {
      t.throws(() => verifyProof(read, other, signer), ProofError)
    }
    t.throws(() => verifyProof({ ...read, index: read.index + 1n }, leaves[index]!, signer), ProofError)
    t.throws(() => verifyProof({ ...read, proof: path.slice(1) }, leaves[index]!, signer), ProofError)
  }
  t.throws(() => verifyProof({ ...proof, index: 3n }, third, signer), ProofError)
  t.throws(() => verifyProof(proof, Buffer.alloc(31), signer), ProofError)
})

t.test('has the form of the tlog-proof text', async (t) => {
  const text = formatProof({ ...proof, extra: Buffer.from('salt') })
  t.equal(
    text,
    `${header}extra c2FsdA==\nindex 1\n${encodeBase64(first)}\n${encodeBase64(third)}\n\n${checkpoint}`,
  )
  t.strictSame(parseProof(text), { ...proof, extra: Buffer.from('salt') })
  t.strictSame(parseProof(Buffer.from(text)).extra, Buffer.from('salt'))
  t.strictSame(parseProof(formatProof(proof)), proof)
  t.equal(formatProof({ ...proof, extra: Buffer.alloc(0) }), formatProof(proof))
})

t.test('reads the lines of the example of the tlog-proof text', async (t) => {
  const path = `gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=`
  // The signatures of the example are cut short; any will do for the form.
  const note = `example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog hI2DJ1roloI=
— witness1.example mJirIklj
`
  const text = `${header}index 73894\n${path}\n\n${note}`
  const read = parseProof(text)
  t.equal(read.index, 73_894n)
  t.equal(read.proof.length, 5)
  t.equal(read.checkpoint, note)
  t.equal(formatProof(read), text)
})

t.test('a tree of one leaf has a proof of no lines', async (t) => {
  const single = signCheckpoint({ origin: signer.name, size: 1n, root: first, extensions: ['ext'] }, signer)
  const text = formatProof({ index: 0n, proof: [], checkpoint: single })
  t.equal(text, `${header}index 0\n\n${single}`)
  t.strictSame(verifyProof(parseProof(text), first, signer).extensions, ['ext'])
})

t.test('cosignatures stay with the checkpoint', async (t) => {
  const line = cosign(parseNote(checkpoint).text, witnessSigner('w', 1), 5n)
  const read = parseProof(formatProof({ ...proof, checkpoint: checkpoint + line }))
  t.equal(read.checkpoint, checkpoint + line)
  t.equal(verifyProof(read, second, signer).size, 3n)
})

t.test('the log has to be the one that is trusted', async (t) => {
  t.throws(() => verifyProof(proof, second, logSigner('other', 2)), { code: 'wrong-origin' })
  t.throws(() => verifyProof(proof, second, logSigner(signer.name, 2)), { code: 'unknown-key' })
  const changed = { ...proof, checkpoint: checkpoint.replace('\n3\n', '\n4\n') }
  t.throws(() => verifyProof(changed, second, signer), { code: 'bad-signature' })
})

t.test('refuses other forms', async (t) => {
  const path = `${encodeBase64(first)}\n${encodeBase64(third)}\n`
  const good = `${header}index 1\n${path}\n${checkpoint}`
  t.strictSame(parseProof(good), proof)
  const texts = [
    '',
    good.slice(1),
    ` ${good}`,
    `\n${good}`,
    `\ufeff${good}`,
    good.replace('@v1', '@v2'),
    good.replace('@v1\n', '@v1\n\n'),
    good.replace('@v1\n', '@v1 \n'),
    good.replace('@v1\n', '@v1\r\n'),
    good.replace('index 1', 'index 01'),
    good.replace('index 1', 'index -1'),
    good.replace('index 1', 'index  1'),
    good.replace('index 1', 'index'),
    good.replace('index 1', 'Index 1'),
    good.replace('index 1', 'index 18446744073709551616'),
    good.replace('index 1\n', ''),
    good.replace('index 1\n', 'index 1\nindex 1\n'),
    good.replace('index 1\n', 'extra\nindex 1\n'),
    good.replace('index 1\n', 'extra \nindex 1\n'),
    good.replace('index 1\n', 'extra c2FsdA\nindex 1\n'),
    good.replace('index 1\n', 'extra c2FsdB==\nindex 1\n'),
    good.replace('index 1\n', 'extra c2Fs dA==\nindex 1\n'),
    good.replace('index 1\n', 'extra c2FsdA==\nextra c2FsdA==\nindex 1\n'),
    good.replace('index 1\n', 'index 1\nextra c2FsdA==\n'),
    good.replace('index 1\n', `index 1\n${path.repeat(32)}${encodeBase64(first)}\n`),
    good.replace(path, path.slice(0, -2)),
    good.replace(path, path.slice(1)),
    good.replace(path, `${path}\n`),
    good.replace(checkpoint, ''),
    good.replace(checkpoint, `\n${checkpoint}`),
    good.replace(`\n${checkpoint}`, checkpoint),
    good.replace('\n3\n', '\n03\n'),
    `${good}\n`,
    good.slice(0, -1),
  ]
  for (const [number, text] of texts.entries()) {
    t.throws(() => parseProof(text), { name: 'NoteError', code: 'malformed' }, `text ${number}`)
  }
})

t.test('has limits', async (t) => {
  const path = Array<Buffer>(64).fill(first)
  t.equal(parseProof(formatProof({ ...proof, proof: path })).proof.length, 64)
  t.throws(() => formatProof({ ...proof, proof: [...path, first] }), NoteError)
  const extra = Buffer.alloc(maxExtraBytes, 1)
  t.equal(parseProof(formatProof({ ...proof, proof: path, extra })).extra?.length, maxExtraBytes)
  t.throws(() => formatProof({ ...proof, extra: Buffer.alloc(maxExtraBytes + 1) }), NoteError)
  t.throws(() => parseProof(Buffer.alloc(maxTlogProofBytes + 1, 'x')), { code: 'malformed' })
  t.throws(() => formatProof({ ...proof, index: -1n }), RangeError)
})

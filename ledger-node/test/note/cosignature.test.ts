import t from 'tap'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign, cosignaturesOf, verifyCosignature } from '../../src/note/cosignature.ts'
import { signEd25519, verifyEd25519 } from '../../src/note/ed25519.ts'
import { formatVerifierKey, KeyError, keyId, mlDsaKeyType } from '../../src/note/key.ts'
import { formatNote, NoteError, parseNote, parseSignatureLine, signatureLine } from '../../src/note/note.ts'
import { logSigner, witnessSigner } from './signers.ts'

const log = logSigner()
const witness = witnessSigner('witness.example/w', 1)
const note = signCheckpoint(
  { origin: log.name, size: 5n, root: Buffer.alloc(32, 7), extensions: ['an extension'] },
  log,
)
const { text } = parseNote(note)
const maxTimestamp = 2n ** 63n - 1n

t.test('reads the example of the tlog-cosignature text', async (t) => {
  const line =
    '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n'
  const { signature } = parseSignatureLine(line)
  t.equal(signature.length, 72)
  t.equal(signature.readBigUInt64BE(0), 1_679_315_147n)
})

t.test('a cosignature is over a header, the time and the whole text with its extension lines', async (t) => {
  const { signature } = parseSignatureLine(cosign(text, witness, 1_679_315_147n))
  const message = Buffer.from(`cosignature/v1\ntime 1679315147\n${text}`)
  t.ok(text.endsWith('\nan extension\n'))
  t.ok(verifyEd25519(witness.publicKey, message, signature.subarray(8)))
})

t.test('what a witness signs verifies at any time up to 2^63 - 1', async (t) => {
  for (const seconds of [1n, 1_800_000_000n, 2n ** 32n, 2n ** 53n + 1n, maxTimestamp]) {
    const line = cosign(text, witness, seconds)
    t.strictSame(verifyCosignature(text, line, witness), { timestamp: seconds })
    t.strictSame(verifyCosignature(text, parseSignatureLine(line), witness), { timestamp: seconds })
  }
  for (const seconds of [0n, -1n, maxTimestamp + 1n])
    t.throws(() => cosign(text, witness, seconds), RangeError)
  t.equal(verifyCosignature(text, signedAt(maxTimestamp + 1n), witness), null)
  t.equal(verifyCosignature(text, signedAt(2n ** 64n - 1n), witness), null)
})

t.test('a time of 0 verifies and does not count', async (t) => {
  const zero = signedAt(0n)
  t.strictSame(verifyCosignature(text, zero, witness), { timestamp: 0n })
  t.equal(cosignaturesOf(parseNote(note + zero), [witness]).size, 0)
  const both = cosignaturesOf(parseNote(note + zero + signedAt(5n)), [witness])
  t.strictSame([...both.values()], [5n])
})

t.test('another text, another time, another key, another name: no cosignature', async (t) => {
  const line = cosign(text, witness, 9n)
  t.equal(verifyCosignature(text.replace('\n5\n', '\n6\n'), line, witness), null)
  t.equal(verifyCosignature(text.replace('an extension', 'an Extension'), line, witness), null)
  t.equal(verifyCosignature(text.replace('an extension\n', ''), line, witness), null)
  t.equal(verifyCosignature(text, line, witnessSigner('witness.example/w', 2)), null)
  t.equal(verifyCosignature(text, line, witnessSigner('witness.example/v', 1)), null)
  const { signature } = parseSignatureLine(line)
  for (let byte = 0; byte < signature.length; byte++) {
    const changed = Buffer.from(signature)
    changed[byte]! ^= 1
    t.equal(verifyCosignature(text, signatureLine(witness, changed), witness), null)
  }
  for (const length of [1, 7, 8, 64, 71]) {
    t.equal(verifyCosignature(text, signatureLine(witness, signature.subarray(0, length)), witness), null)
  }
  t.equal(
    verifyCosignature(text, signatureLine(witness, Buffer.concat([signature, Buffer.of(0)])), witness),
    null,
  )
  t.equal(verifyCosignature(text, 'junk', witness), null)
  t.equal(verifyCosignature(text, line.trimEnd(), witness), null)
})

t.test('a log key does not cosign, and a signature of the text alone is no cosignature', async (t) => {
  t.throws(() => cosign(text, log, 1n), KeyError)
  t.equal(verifyCosignature(text, parseNote(note).signatures[0]!, log), null)
  const plain = signEd25519(witness.seed, Buffer.from(text))
  t.equal(
    verifyCosignature(text, signatureLine(witness, Buffer.concat([Buffer.alloc(8, 1), plain])), witness),
    null,
  )
})

t.test('only checkpoints are cosigned', async (t) => {
  for (const wrong of ['', 'x\n', text.trimEnd(), `${text}\n`, 'cosignature/v1\ntime 5\nx\n']) {
    t.throws(() => cosign(wrong, witness, 1n), NoteError)
  }
})

t.test('finds the cosignatures of known keys with the latest time, and skips the others', async (t) => {
  const [second, third] = [witnessSigner('second', 2), witnessSigner('third', 3)]
  const mlDsa = Buffer.alloc(1312, 7)
  const pq = { name: 'pq', id: keyId('pq', 6, mlDsa), type: mlDsaKeyType, publicKey: mlDsa }
  const whole =
    note +
    cosign(text, witness, 5n) +
    cosign(text, witness, 9n) +
    cosign(text, witness, 7n) +
    cosign(text, third, 1n) +
    signatureLine(pq, Buffer.alloc(2428)) +
    signatureLine(witnessSigner('unknown', 8), Buffer.alloc(72))
  const found = cosignaturesOf(parseNote(whole), [witness, second, third, pq])
  t.strictSame(
    [...found],
    [
      [formatVerifierKey(witness), 9n],
      [formatVerifierKey(third), 1n],
    ],
  )
})

t.test('a bad cosignature of a known key rejects, also beside a good one', async (t) => {
  const good = cosign(text, witness, 5n)
  for (const length of [72, 64, 4, 80]) {
    const bad = signatureLine(witness, Buffer.alloc(length, 1))
    for (const lines of [[bad], [good, bad], [bad, good]]) {
      t.throws(() => cosignaturesOf(parseNote(formatNote(text, lines)), [witness]), {
        name: 'NoteError',
        code: 'bad-signature',
      })
    }
    t.equal(cosignaturesOf(parseNote(formatNote(text, [good, bad])), [witnessSigner('other', 4)]).size, 0)
  }
})

t.test('holds the cosignatures of a hundred witnesses', async (t) => {
  const witnesses = Array.from({ length: 100 }, (_, i) => witnessSigner(`w/${i}`, i))
  const lines = witnesses.map((one) => cosign(text, one, 5n))
  t.equal(cosignaturesOf(parseNote(note + lines.join('')), witnesses).size, 100)
})

function signedAt(timestamp: bigint): string {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(timestamp)
  const signature = signEd25519(witness.seed, Buffer.from(`cosignature/v1\ntime ${timestamp}\n${text}`))
  return signatureLine(witness, Buffer.concat([time, signature]))
}

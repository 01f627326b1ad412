import t from 'tap'
import {
  claimedOrigin,
  formatAddCheckpoint,
  maxAddCheckpointBytes,
  parseAddCheckpoint,
} from '../../src/note/add-checkpoint.ts'
import { encodeBase64 } from '../../src/note/base64.ts'
import { parseCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { maxNoteBytes, NoteError, parseNote, signNote } from '../../src/note/note.ts'
import { logSigner } from './signers.ts'

const example = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`
const signer = logSigner()
const note = signCheckpoint(
  { origin: signer.name, size: 5n, root: Buffer.alloc(32, 7), extensions: [] },
  signer,
)
const hash = encodeBase64(Buffer.alloc(32, 1))

t.test('reads and writes the example of the tlog-witness text', async (t) => {
  const request = parseAddCheckpoint(Buffer.from(example))
  t.equal(request.old, 20_852_014n)
  t.equal(request.proof.length, 4)
  t.ok(request.proof.every(({ length }) => length === 32))
  const { text, signatures } = parseNote(request.note)
  t.equal(parseCheckpoint(text).size, 20_852_163n)
  t.equal(signatures.length, 2)
  t.equal(formatAddCheckpoint(request).toString(), example)
})

t.test('reads what it writes, from no proof lines to 63', async (t) => {
  for (const count of [0, 1, 2, 62, 63]) {
    const request = { old: BigInt(count), proof: Array<Buffer>(count).fill(Buffer.alloc(32, 1)), note }
    t.strictSame(parseAddCheckpoint(formatAddCheckpoint(request)), request)
  }
  const tooMany = { old: 1n, proof: Array<Buffer>(64).fill(Buffer.alloc(32, 1)), note }
  t.throws(() => formatAddCheckpoint(tooMany), { code: 'malformed' })
  for (const lines of [64, 65, 66, 1000]) {
    t.throws(() => parse(`old 1\n${`${hash}\n`.repeat(lines)}\n${note}`), { code: 'malformed' })
  }
})

t.test('the old size has one spelling; 0 is allowed', async (t) => {
  t.equal(parse(`old 0\n\n${note}`).old, 0n)
  t.equal(parse(`old 18446744073709551615\n\n${note}`).old, 2n ** 64n - 1n)
  const first = [
    'old 00',
    'old 05',
    'old -1',
    'old +1',
    'old',
    'old ',
    'old  5',
    'old 5 ',
    ' old 5',
    'Old 5',
    'old\u00a05',
  ]
  first.push('old 18446744073709551616', 'old 5.0', 'old 0x5', 'old ٥', '5', '', 'size 5', 'old 5 6')
  for (const line of first)
    t.throws(() => parse(`${line}\n\n${note}`), { name: 'NoteError', code: 'malformed' })
})

t.test('proof lines are 32 bytes in strict base64', async (t) => {
  const lines = [
    hash.slice(0, -1),
    `${hash} `,
    ` ${hash}`,
    'AAAA',
    hash.replace('E=', 'F='),
    hash.replace(/^AQ/, '-_'),
  ]
  for (const line of [...lines, `${hash}${hash}`, 'x']) {
    t.throws(() => parse(`old 1\n${line}\n\n${note}`), { code: 'malformed' }, line)
  }
  t.equal(parse(`old 1\n${hash}\n\n${note}`).proof.length, 1)
})

t.test('refuses other bodies', async (t) => {
  for (const body of [
    '',
    '\n',
    '\n\n',
    'old 1',
    'old 1\n',
    `old 1\n${note}`,
    `old 1\r\n\r\n${note}`,
    `\nold 1\n\n${note}`,
  ]) {
    t.throws(() => parse(body), NoteError)
  }
  t.throws(() => parseAddCheckpoint(Buffer.from([0x6f, 0xff, 0x0a, 0x0a])), { code: 'malformed' })
  // The note is the affair of whoever opens it.
  t.equal(parse('old 1\n\n').note, '')
  t.throws(() => parseNote(parse(`old 1\n\n\n${note}`).note.slice(0, 3)), NoteError)
})

t.test('takes the largest note with the longest proof, and no more', async (t) => {
  const room = maxNoteBytes - Buffer.byteLength(signNote('\n', signer))
  const largest = signNote(`${'x'.repeat(room)}\n`, signer)
  const request = { old: 2n ** 64n - 1n, proof: Array<Buffer>(63).fill(Buffer.alloc(32, 1)), note: largest }
  t.equal(parseAddCheckpoint(formatAddCheckpoint(request)).note, largest)
  t.throws(() => parse(`old 1\n\n${'x'.repeat(maxAddCheckpointBytes)}`), { code: 'malformed' })
})

function parse(body: string) {
  return parseAddCheckpoint(Buffer.from(body))
}

t.test('the origin that a body claims is found before anything is checked', async (t) => {
  t.equal(claimedOrigin(Buffer.from(example)), 'example.com/behind-the-sofa')
  t.equal(claimedOrigin(Buffer.from(`old 0\n\n${note}`)), signer.name)
  t.equal(claimedOrigin(Buffer.from('\n\na/b/1\n')), 'a/b/1')
  for (const body of [
    '',
    'x',
    '\n\n',
    'old 0\n\nabc',
    `old 0\n\n${'a'.repeat(5000)}\n`,
    `${'a'.repeat(4500)}\n\nb\n`,
  ])
    t.equal(claimedOrigin(Buffer.from(body)), null)
})

import t from 'tap'
import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '../../src/note/checkpoint.ts'
import { KeyError } from '../../src/note/key.ts'
import { formatNote, NoteError, parseNote, signatureLine, signNote } from '../../src/note/note.ts'
import { logSigner, witnessSigner } from './signers.ts'

const example = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`
const signer = logSigner()
const checkpoint: Checkpoint = {
  origin: signer.name,
  size: 5n,
  root: Buffer.alloc(32, 7),
  extensions: [],
}
const root = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc='

t.test('reads the example of the tlog-checkpoint text', async (t) => {
  const { text, signatures } = parseNote(example)
  const read = parseCheckpoint(text)
  t.match(read, { origin: 'example.com/behind-the-sofa', size: 20_852_163n, extensions: [] })
  t.equal(read.root.toString('hex').slice(0, 8), '0ac5186a')
  t.equal(formatCheckpoint(read), text)
  t.match(signatures, [{ name: 'example.com/behind-the-sofa', id: 0x033de0ae }])
})

t.test('what a log signs opens with its key', async (t) => {
  for (const size of [0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
    const note = signCheckpoint({ ...checkpoint, size }, signer)
    for (const input of [note, Buffer.from(note), parseNote(note)]) {
      const opened = openCheckpoint(input, signer)
      t.strictSame(opened.checkpoint, { ...checkpoint, size })
      t.equal(opened.text, `${signer.name}\n${size}\n${root}\n`)
      t.strictSame(opened.key, signer)
    }
  }
})

t.test('extension lines are kept and signed', async (t) => {
  const extensions = ['one', ' two with spaces ', '— looks like a signature', '碳']
  const note = signCheckpoint({ ...checkpoint, extensions }, signer)
  const opened = openCheckpoint(note, signer)
  t.strictSame(opened.checkpoint.extensions, extensions)
  t.ok(opened.text.endsWith('— looks like a signature\n碳\n'))
  for (const changed of [
    note.replace('one', 'two'),
    note.replace('碳\n', ''),
    note.replace('\n碳', '\n碳\nmore'),
  ]) {
    t.throws(() => openCheckpoint(changed, signer), { code: 'bad-signature' })
  }
})

t.test('refuses sizes and roots in another spelling, and empty lines', async (t) => {
  const texts = [
    '',
    '\n',
    'o\n',
    'o\n5\n',
    `o\n5\n${root}`,
    `\n5\n${root}\n`,
    `o\n\n${root}\n`,
    `o\n5\n\n`,
    `o\n5\n${root}\n\n`,
    `o\n5\n${root}\n\next\n`,
    `\no\n5\n${root}\n`,
    ...[
      '05',
      '00',
      '-0',
      '-5',
      '+5',
      '5 ',
      ' 5',
      '5.0',
      '5e1',
      '0x5',
      'five',
      '٥',
      '18446744073709551616',
    ].map((size) => `o\n${size}\n${root}\n`),
    ...[
      root.slice(0, -1),
      `${root}=`,
      ` ${root}`,
      `${root} `,
      root.replace('c=', 'd='),
      'BwcH',
      'AAAA'.repeat(11),
    ].map((hash) => `o\n5\n${hash}\n`),
    `o\n5\n${root.replace('BwcH', '-_-_')}\n`,
  ]
  for (const text of texts) t.throws(() => parseCheckpoint(text), { name: 'NoteError', code: 'malformed' })
  t.equal(parseCheckpoint(`o\n0\n${root}\n`).size, 0n)
  t.equal(parseCheckpoint(`o\n18446744073709551615\n${root}\n`).size, 2n ** 64n - 1n)
  t.equal(parseCheckpoint(`an origin + spaces\n5\n${root}\n`).origin, 'an origin + spaces')
})

t.test('does not format what would be read otherwise', async (t) => {
  const wrong: Partial<Checkpoint>[] = [
    { origin: '' },
    { origin: 'a\nb' },
    { origin: 'a\n5' },
    { root: Buffer.alloc(31) },
    { extensions: [''] },
    { extensions: ['a\nb'] },
    { extensions: ['a\n'] },
  ]
  for (const part of wrong) t.throws(() => formatCheckpoint({ ...checkpoint, ...part }), NoteError)
  t.throws(() => formatCheckpoint({ ...checkpoint, size: -1n }), RangeError)
})

t.test('a log signs for itself only', async (t) => {
  t.throws(() => signCheckpoint({ ...checkpoint, origin: 'other' }, signer), { code: 'wrong-origin' })
  t.throws(() => signCheckpoint(checkpoint, witnessSigner(signer.name, 1)), KeyError)
  // A good signature by the key of another log.
  const note = signNote(formatCheckpoint({ ...checkpoint, origin: 'other' }), signer)
  t.throws(() => openCheckpoint(note, signer), { code: 'wrong-origin' })
  t.throws(() => openCheckpoint(note, [signer, logSigner('other', 2)]), { code: 'unknown-key' })
  t.throws(() => openCheckpoint(note, []), { code: 'wrong-origin' })
})

t.test('unknown keys are skipped, a bad signature of the known one rejects', async (t) => {
  const note = signCheckpoint(checkpoint, signer)
  const unknown = signatureLine(witnessSigner('w', 1), Buffer.alloc(72))
  const stale = signatureLine(logSigner(signer.name, 9), Buffer.alloc(64))
  t.strictSame(openCheckpoint(note + unknown + stale, signer).checkpoint, checkpoint)
  const { text } = parseNote(note)
  t.throws(() => openCheckpoint(formatNote(text, [unknown, stale]), signer), { code: 'unknown-key' })
  const bad = signatureLine(signer, Buffer.alloc(64))
  t.throws(() => openCheckpoint(note + bad, signer), { code: 'bad-signature' })
  t.throws(() => openCheckpoint(note.replace('\n5\n', '\n6\n'), signer), { code: 'bad-signature' })
})

t.test('of several keys trusted for a log one is enough', async (t) => {
  const next = logSigner(signer.name, 2)
  const note = signCheckpoint(checkpoint, next)
  t.strictSame(openCheckpoint(note, [signer, next]).key, next)
  const bad = signatureLine(signer, Buffer.alloc(64))
  t.throws(() => openCheckpoint(note + bad, [signer, next]), { code: 'bad-signature' })
})

t.test('what is no checkpoint is malformed though it is signed', async (t) => {
  t.throws(() => openCheckpoint(signNote(`${signer.name}\n05\n${root}\n`, signer), signer), {
    code: 'malformed',
  })
  t.throws(() => openCheckpoint(signNote(`${signer.name}\n5\n${root}\n\nx\n`, signer), signer), {
    code: 'malformed',
  })
  t.throws(() => openCheckpoint('', signer), { code: 'malformed' })
})

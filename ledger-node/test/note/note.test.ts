import t from 'tap'
import { encodeBase64 } from '../../src/note/base64.ts'
import { KeyError, mlDsaKeyType, parseVerifierKey } from '../../src/note/key.ts'
import {
  formatNote,
  maxNoteBytes,
  maxSignatures,
  NoteError,
  openNote,
  parseNote,
  parseSignatureLine,
  parseSignatureLines,
  signatureLine,
  signNote,
} from '../../src/note/note.ts'
import { logSigner, witnessSigner } from './signers.ts'

const exampleKey = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')
const example = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`
const poem = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`
const signer = logSigner()
const line = '— a AAAAAAE=\n'

t.test('the example of the signed-note text verifies', async (t) => {
  const { note, signers } = openNote(Buffer.from(example), [exampleKey])
  t.equal(note.text, 'This is an example message.\n')
  t.strictSame(signers, [exampleKey])
  t.throws(() => openNote(example.replace('an example', 'no example'), [exampleKey]), {
    code: 'bad-signature',
  })
})

t.test('the text ends at the last empty line, so that it may have empty lines', async (t) => {
  const { text, signatures } = parseNote(poem)
  t.ok(text.startsWith('Ognuno'))
  t.ok(text.endsWith('di sole:\n\ned è subito sera.\n'))
  t.match(signatures, [{ name: 'quasimodo.example/salvatore', id: 0x367ba04b }])
  t.equal(formatNote(text, [signatures[0]!.line]), poem)
  // What stands before the last empty line is text, though it look like signatures.
  t.equal(parseNote(`x\n\n${line}\n${line}`).text, `x\n\n${line}`)
})

t.test('what is signed verifies, whatever the text', async (t) => {
  for (const text of ['a\n', '\n', '碳盒\n', 'a\n\nb\n', '\ufeffbyte order mark\n', '\u007f\u2028\n']) {
    const note = signNote(text, signer)
    t.strictSame(openNote(Buffer.from(note), [signer]).signers, [signer])
    t.equal(parseNote(note).text, text)
  }
})

t.test('keys that are not known and types such as 0x06 are skipped', async (t) => {
  const good = signNote('x\n', signer)
  const unknown = signatureLine(logSigner('someone/else', 9), Buffer.alloc(64, 1))
  const mlDsa = signatureLine(
    { ...witnessSigner('pq', 1), type: mlDsaKeyType, id: 77 },
    Buffer.alloc(2428, 3),
  )
  const sameName = signatureLine({ ...signer, id: signer.id ^ 1 }, Buffer.alloc(64))
  const sameId = signatureLine({ ...signer, name: 'other' }, Buffer.alloc(64))
  for (const extra of [unknown, mlDsa, sameName, sameId]) {
    t.strictSame(openNote(good + extra, [signer]).signers, [signer])
    t.throws(() => openNote(formatNote('x\n', [extra]), [signer]), { code: 'unknown-key' })
  }
  t.strictSame(openNote(good + unknown + mlDsa + sameName + sameId, [signer]).signers, [signer])
})

t.test('a bad signature of a known key rejects the note, also beside a good one', async (t) => {
  const good = signNote('x\n', signer)
  const other = logSigner('second', 2)
  for (const bytes of [64, 1, 63, 65, 72]) {
    const bad = signatureLine(signer, Buffer.alloc(bytes, 1))
    t.throws(() => openNote(formatNote('x\n', [bad]), [signer]), { name: 'NoteError', code: 'bad-signature' })
    t.throws(() => openNote(good + bad, [signer]), { code: 'bad-signature' })
  }
  const badOther = signatureLine(other, Buffer.alloc(64, 1))
  t.throws(() => openNote(good + badOther, [signer, other]), { code: 'bad-signature' })
  t.throws(() => openNote(good + badOther, [other, signer]), { code: 'bad-signature' })
  t.strictSame(openNote(good + badOther, [signer]).signers, [signer])
})

t.test('names every key that signed, once', async (t) => {
  const second = logSigner('second', 2)
  const third = logSigner('third', 3)
  const [one, two] = [signNote('x\n', signer), signNote('x\n', second)]
  const lines = [one, two, one].map((note) => parseNote(note).signatures[0]!.line)
  t.strictSame(openNote(formatNote('x\n', lines), [signer, second, third]).signers, [signer, second])
})

t.test('only keys of type 1 sign a note as it is', async (t) => {
  const witness = witnessSigner('w', 1)
  t.throws(() => signNote('x\n', witness), KeyError)
  t.throws(() => openNote(signNote('x\n', signer), [witness]), KeyError)
})

t.test('accepts 16 signatures and many more, up to a limit', async (t) => {
  for (const count of [1, 16, 17, 64, 100, maxSignatures]) {
    const lines = Array.from({ length: count }, (_, i) => `— w/${i} AAAAAAE=\n`)
    t.equal(parseNote(formatNote('x\n', lines)).signatures.length, count)
  }
  const note = `x\n\n${line.repeat(maxSignatures + 1)}`
  t.throws(() => parseNote(note), { code: 'malformed' })
})

t.test('accepts 16 signatures by known keys', async (t) => {
  const signers = Array.from({ length: 16 }, (_, i) => logSigner(`log/${i}`, i + 1))
  const lines = signers.map((one) => parseNote(signNote('x\n', one)).signatures[0]!.line)
  t.strictSame(openNote(formatNote('x\n', lines), signers).signers, signers)
})

t.test('accepts a note of exactly 128 KiB, and none that is larger', async (t) => {
  t.equal(maxNoteBytes, 131_072)
  const empty = signNote('\n', signer)
  const room = maxNoteBytes - Buffer.byteLength(empty)
  const largest = signNote(`${'x'.repeat(room)}\n`, signer)
  t.equal(Buffer.byteLength(largest), maxNoteBytes)
  t.strictSame(openNote(Buffer.from(largest), [signer]).signers, [signer])
  t.throws(() => parseNote(Buffer.from(`x${largest}`)), { code: 'malformed' })
  t.throws(() => parseNote(`x${largest}`), { code: 'malformed' })
  t.throws(() => signNote(`${'x'.repeat(room + 1)}\n`, signer), { code: 'malformed' })
  // Counted in bytes: an é has two.
  t.throws(() => parseNote(`é${largest.slice(1)}`), { code: 'malformed' })
})

t.test('accepts post-quantum signatures up to 128 KiB', async (t) => {
  const mlDsa = signatureLine({ ...witnessSigner('pq.example/w', 1), id: 6 }, Buffer.alloc(2428, 3))
  const lines = [parseNote(signNote('x\n', signer)).signatures[0]!.line, ...Array(39).fill(mlDsa)]
  const note = formatNote('x\n', lines)
  t.ok(note.length > 120_000)
  t.equal(openNote(note, [signer]).note.signatures.length, 40)
})

t.test('refuses what is not a note', async (t) => {
  const notes: Record<string, string> = {
    empty: '',
    'no signatures': 'x\n',
    'an empty line and nothing': 'x\n\n',
    'no line end at the end': `x\n\n${line.slice(0, -1)}`,
    'no empty line': `x\n${line}`,
    'no text at all': `\n${line}`,
    'an empty line after the signatures': `x\n\n${line}\n`,
    'text after the signatures': `x\n\n${line}y\n`,
    'a hyphen for the dash': `x\n\n${line.replace('—', '-')}`,
    'an en dash': `x\n\n${line.replace('—', '–')}`,
    'no space after the dash': `x\n\n${line.replace('— ', '—')}`,
    'two spaces': `x\n\n${line.replace('— a', '—  a')}`,
    'two spaces before the signature': `x\n\n${line.replace('a A', 'a  A')}`,
    'white space after the signature': `x\n\n${line.replace('=\n', '= \n')}`,
    'no name': `x\n\n— AAAAAAE=\n`,
    'a plus in the name': `x\n\n${line.replace(' a ', ' a+b ')}`,
    'a no-break space in the name': `x\n\n${line.replace(' a ', ' a\u00a0b ')}`,
    'a next line character in the name': `x\n\n${line.replace(' a ', ' a\u0085b ')}`,
    'a carriage return': `x\r\n\n${line}`,
    'a carriage return at the end': `x\n\n${line.replace('\n', '\r\n')}`,
    'a tab': `x\ty\n\n${line}`,
    'a zero': `x\0\n\n${line}`,
    'an escape': `x\u001b[0m\n\n${line}`,
    'a lone surrogate': `x\ud800\n\n${line}`,
    'an id and no signature': 'x\n\n— a AAAAAA==\n',
    'half an id': 'x\n\n— a AAA=\n',
    'no base64': 'x\n\n— a \n',
    'base64 without padding': 'x\n\n— a AAAAAAE\n',
    'base64 with trailing bits': 'x\n\n— a AAAAAAF=\n',
    'base64 of URLs': 'x\n\n— a AAAAAA-_\n',
  }
  for (const [what, note] of Object.entries(notes)) {
    t.throws(() => parseNote(note), { name: 'NoteError', code: 'malformed' }, what)
    if (note.isWellFormed()) t.throws(() => parseNote(Buffer.from(note)), { code: 'malformed' }, what)
  }
  t.strictSame(parseNote(`x\n\n${line}`).signatures.length, 1)
})

t.test('refuses bytes that are not UTF-8', async (t) => {
  const [before, after] = [Buffer.from('x'), Buffer.from(`\n\n${line}`)]
  const wrong = ['ff', 'c0af', 'e28094'.slice(0, 4), 'eda080', 'f4908080', '80', 'c1bf', 'e080af']
  for (const hex of wrong) {
    const note = Buffer.concat([before, Buffer.from(hex, 'hex'), after])
    t.throws(() => parseNote(note), { code: 'malformed' }, hex)
  }
})

t.test('does not put together what would be read otherwise', async (t) => {
  const wrong: [string, string[]][] = [
    ['', [line]],
    ['x', [line]],
    ['x\n', []],
    ['x\n', [line.trimEnd()]],
    ['x\n', [line + line]],
    ['x\n', [`\n${line}`]],
    ['x\n', [line, `y\n\n${line}`]],
    ['x\ty\n', [line]],
    ['\ud800\n', [line]],
  ]
  for (const [text, lines] of wrong) t.throws(() => formatNote(text, lines), NoteError)
})

t.test('signature lines are read by themselves, as witnesses answer with them', async (t) => {
  const lines = signatureLine(signer, Buffer.alloc(64, 5)) + line
  t.match(parseSignatureLines(lines), [
    { name: signer.name, id: signer.id },
    { name: 'a', id: 0, line },
  ])
  t.strictSame(parseSignatureLine(line).signature, Buffer.of(1))
  for (const wrong of ['', '\n', line.trimEnd(), `${line}\n`, `\n${line}`, `${line}x`]) {
    t.throws(() => parseSignatureLines(wrong), { code: 'malformed' })
    t.throws(() => parseSignatureLine(wrong), { code: 'malformed' })
  }
  t.throws(() => parseSignatureLine(line + line), { code: 'malformed' })
  t.equal(parseSignatureLine(`— ${'n'.repeat(1000)} ${encodeBase64(Buffer.alloc(5))}\n`).name.length, 1000)
})

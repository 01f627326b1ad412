import { randomBytes } from 'node:crypto'
import t from 'tap'
import { decodeFrame, encodeFrame, type Frame, FrameError } from '../../src/carriers/frames.ts'
import {
  checkHello,
  formatIntroduction,
  type Introduction,
  parseIntroduction,
  signHello,
} from '../../src/carriers/hello.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { verifierOf } from '../../src/note/key.ts'
import { parseNote } from '../../src/note/note.ts'
import { keyOf } from './support.ts'

const frames: Frame[] = [
  { kind: 'request', id: 1, method: 'GET', path: '/mirror/ab/tile/0/x001/234', length: 0 },
  { kind: 'request', id: 0xffff_ffff, method: 'POST', path: '/gossip', length: 1 << 20 },
  { kind: 'response', id: 7, status: 409, type: 'text/x.tlog.size', immutable: false, length: 2 },
  { kind: 'response', id: 7, status: 200, type: '', immutable: true, length: 0 },
  { kind: 'request-data', id: 3, bytes: Buffer.from('abc') },
  { kind: 'response-data', id: 3, bytes: Buffer.alloc(65_536) },
  { kind: 'cancel', id: 3 },
]

t.test('frames read as they were written', async (t) => {
  for (const frame of frames) t.same(decodeFrame(encodeFrame(frame)), frame)
})

t.test(
  'a frame cut short, or with a byte changed, is read as a frame or refused, and never crashes',
  async (t) => {
    let refused = 0
    for (let round = 0; round < 5000; round += 1) {
      const bytes = encodeFrame(frames[round % frames.length]!).subarray(0, 200)
      const changed = round % 3 === 0 ? bytes.subarray(0, round % bytes.length) : Buffer.from(bytes)
      if (round % 3 === 1) changed[round % changed.length]! ^= 1 + (round % 255)
      try {
        decodeFrame(round % 3 === 2 ? randomBytes(round % 40) : changed)
      } catch (error) {
        refused += 1
        if (!(error instanceof FrameError)) throw error
      }
    }
    t.ok(refused > 1000)
  },
)

t.test('a hello is good for one connection, in one direction, by one key', async (t) => {
  const [one, other] = [keyOf(1), keyOf(2)]
  const mine: Introduction = { origin: one.name, nonce: randomBytes(32) }
  const theirs: Introduction = { origin: other.name, nonce: randomBytes(32) }
  t.same(parseIntroduction(formatIntroduction(mine)), mine)
  const note = signHello(mine, theirs, one)
  checkHello(note, mine, theirs, verifierOf(one))
  const again = { ...theirs, nonce: randomBytes(32) }
  t.throws(() => checkHello(note, mine, again, verifierOf(one)), { name: 'FrameError' }, 'another connection')
  t.throws(() => checkHello(note, theirs, mine, verifierOf(one)), { name: 'FrameError' }, 'sent back')
  t.throws(() => checkHello(note, mine, theirs, verifierOf(other)), { name: 'NoteError' }, 'another key')
  t.throws(() => checkHello(note.replace('AA', 'BB'), mine, { ...theirs, nonce: Buffer.alloc(32) }, one))
})

t.test('no checkpoint can be read out of a hello', async (t) => {
  const note = signHello(
    { origin: keyOf(1).name, nonce: Buffer.alloc(32) },
    { origin: keyOf(2).name, nonce: Buffer.alloc(32) },
    keyOf(1),
  )
  t.throws(() => parseCheckpoint(parseNote(note).text))
})

t.test('an introduction of another form is refused', async (t) => {
  const nonce = Buffer.alloc(32).toString('base64')
  for (const text of [
    '',
    `tanbox.dev/ledger-nonce/v2\na/b\n${nonce}\n`,
    `tanbox.dev/ledger-nonce/v1\n\n${nonce}\n`,
    `tanbox.dev/ledger-nonce/v1\na/b\n${nonce}`,
    `tanbox.dev/ledger-nonce/v1\na/b\n${nonce}\nmore\n`,
    `tanbox.dev/ledger-nonce/v1\na/b\nAAAA\n`,
  ])
    t.throws(() => parseIntroduction(text), { name: 'FrameError' })
})

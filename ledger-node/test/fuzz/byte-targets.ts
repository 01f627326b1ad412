import { decodeFrame, encodeFrame, type Frame } from '../../src/carriers/frames.ts'
import { checkHello, formatIntroduction, parseIntroduction, signHello } from '../../src/carriers/hello.ts'
import { ChainError, follow } from '../../src/chain.ts'
import { announce, readAnnouncement } from '../../src/discovery/announcement.ts'
import { decodeEntry, encodeEntry, leafHash } from '../../src/entry.ts'
import { Follower } from '../../src/follower.ts'
import { verifierOf } from '../../src/note/key.ts'
import { type Card, formatCard, parseCard } from '../../src/peers/card.ts'
import { formatMessage, parseMessage } from '../../src/peers/gossip-message.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { parseTilePath, tilePath } from '../../src/tree/tiles.ts'
import { cutBundle } from '../../src/verify/bundle.ts'
import { bundleOf, madeEntries, signedCheckpoint, testLogKey, testWitness } from '../support/static-log.ts'
import { folderTarget } from './folder-target.ts'
import { type FuzzTarget, insist } from './target.ts'

/** Everything else that is read from outside: entries, bundles, paths, frames, cards, messages, folders. */
export function byteTargets(): FuzzTarget[] & AsyncDisposable {
  const entries = madeEntries(300)
  const notes = [1, 300].map((size) => signedCheckpoint(entries.slice(0, size)))
  const card: Card = {
    name: '一号盒',
    log: verifierOf(testLogKey),
    cosigner: verifierOf(testWitness(1)),
    admin: null,
    urls: ['http://192.168.1.7:8473/', 'wss://box.test/ledger'],
  }
  const folder = folderTarget(entries)
  const targets: FuzzTarget[] = [
    {
      name: 'entry',
      samples: [...entries.slice(0, 4), ...entries.slice(-2)],
      weight: 12,
      errors: ['TypeError'],
      run(input) {
        const entry = decodeEntry(input)
        insist(encodeEntry(entry).equals(input), 'an entry has two spellings')
      },
    },
    {
      name: 'entry in a chain',
      samples: entries.slice(0, 3),
      weight: 8,
      errors: ['ChainError'],
      run: chainRun(entries),
    },
    {
      name: 'bundle',
      samples: [bundleOf(entries.slice(0, 3)), bundleOf(entries.slice(0, 256)), bundleOf([Buffer.alloc(0)])],
      weight: 5,
      errors: [],
      run(input) {
        for (const count of [1, 3, 256]) {
          const cut = cutBundle(input, count)
          if (typeof cut !== 'string')
            insist(bundleOf(cut).equals(input) && cut.length === count, 'a bundle has two readings')
        }
      },
    },
    {
      name: 'tile path',
      samples: [
        'tile/0/x001/x234/067.p/255',
        'tile/entries/000',
        'tile/63/999',
        'tile/8/x999/x999/x999/x999/x999/999',
      ].map((path) => Buffer.from(path)),
      weight: 8,
      errors: [],
      run(input) {
        const path = input.toString()
        const id = parseTilePath(path)
        if (id) insist(tilePath(id) === path, 'a tile has two paths')
      },
    },
    {
      name: 'WebSocket frame',
      samples: frames.map(encodeFrame),
      weight: 8,
      errors: ['FrameError'],
      run(input) {
        insist(encodeFrame(decodeFrame(input)).equals(input), 'a frame is not what it was read from')
      },
    },
    {
      name: 'introduction',
      samples: [Buffer.from(formatIntroduction({ origin: testLogKey.name, nonce: Buffer.alloc(32, 7) }))],
      weight: 4,
      errors: ['FrameError'],
      run(input) {
        const text = input.toString()
        insist(formatIntroduction(parseIntroduction(text)) === text, 'an introduction has two readings')
      },
    },
    {
      name: 'hello',
      samples: [Buffer.from(signHello(mine, theirs, testLogKey))],
      weight: 4,
      errors: ['FrameError', 'NoteError'],
      run(input) {
        checkHello(input.toString(), mine, theirs, testLogKey)
        insist(input.toString().startsWith(helloText), 'a hello was taken that nobody signed')
      },
    },
    {
      name: 'peer card',
      samples: [
        formatCard(card),
        formatCard({ ...card, admin: verifierOf({ ...testLogKey, ...testWitness(3), type: 1 }) }),
      ].map((text) => Buffer.from(text)),
      weight: 6,
      errors: ['CardError'],
      run(input) {
        const read = parseCard(input)
        insist(
          formatCard(parseCard(formatCard(read))) === formatCard(read),
          'a card changes when it is written',
        )
      },
    },
    {
      name: 'announcement',
      samples: [Buffer.concat((announce(card) ?? []).flatMap((entry) => [Buffer.of(entry.length), entry]))],
      weight: 4,
      errors: ['CardError'],
      run(input) {
        readAnnouncement(cutText(input), 'http://192.168.1.7:8473/')
      },
    },
    {
      name: 'gossip body',
      samples: [
        formatMessage({ notes, forks: [originHash('x')], statements: [originHash('y')] }),
        Buffer.from('{"notes":[],"forks":[],"statements":[]}'),
      ],
      weight: 6,
      errors: [],
      run(input) {
        const message = parseMessage(input)
        if (message)
          insist(parseMessage(formatMessage(message)) !== null, 'a message that cannot be handed on')
      },
    },
    folder,
  ]
  return Object.assign(targets, { [Symbol.asyncDispose]: async () => folder.remove() })
}

const mine = { origin: testLogKey.name, nonce: Buffer.alloc(32, 7) }
const theirs = { origin: 'box.test/ffeeddccbbaa9988/1', nonce: Buffer.alloc(32, 8) }
const helloText = signHello(mine, theirs, testLogKey).split('\n\n')[0]!

const frames: Frame[] = [
  { kind: 'request', id: 1, method: 'GET', path: '/mirror/aa/tile/0/000', length: 0 },
  { kind: 'request', id: 2, method: 'POST', path: '/gossip', length: 100 },
  { kind: 'response', id: 1, status: 200, type: 'application/octet-stream', immutable: true, length: 8192 },
  { kind: 'request-data', id: 2, bytes: Buffer.alloc(100, 1) },
  { kind: 'response-data', id: 1, bytes: Buffer.alloc(300, 2) },
  { kind: 'cancel', id: 3 },
]

/** The fast way along a chain has to say what the plain one says. */
function chainRun(entries: readonly Buffer[]): FuzzTarget['run'] {
  const follower = (count: number) => {
    const one = new Follower()
    for (const entry of entries.slice(0, count)) one.next(entry)
    return one
  }
  return (input) => {
    const head = { size: 2, hash: leafHash(entries[1]!) }
    const fast = attempt(() => follower(2).next(input).leaf.toString('hex'))
    const plain = attempt(() => follow(head, input).head.hash)
    insist(fast === plain, `the follower says ${fast}, the chain ${plain}`)
  }
}

function attempt(run: () => string): string {
  try {
    return run()
  } catch (error) {
    if (error instanceof ChainError) return error.message
    throw error
  }
}

/** As a TXT record lays its strings out. */
function cutText(input: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < input.length && parts.length < 40; at += 1 + input[at]!)
    parts.push(input.subarray(at + 1, at + 1 + input[at]!))
  return parts
}

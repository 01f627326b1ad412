import { decodeFrame, encodeFrame } from '../../src/carriers/frames.ts'
import { checkHello, formatIntroduction, parseIntroduction, signHello } from '../../src/carriers/hello.ts'
import { decodeEntry } from '../../src/entry.ts'
import {
  formatForkProof,
  noPrefixProof,
  parseForkProof,
  sameSizeProof,
  verifyForkProof,
} from '../../src/forks/fork-proof.ts'
import { formatStatement, sealStatement, signStatement, verifyStatement } from '../../src/forks/statement.ts'
import { formatSuccession, parseSuccession, verifySuccession } from '../../src/forks/succession.ts'
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { openCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import {
  cosignerKeyType,
  formatVerifierKey,
  logKeyType,
  makeSignerKey,
  parseVerifierKey,
} from '../../src/note/key.ts'
import { checkPolicy, defaultPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import { formatProof, parseProof, verifyProof } from '../../src/note/tlog-proof.ts'
import { formatCard, parseCard } from '../../src/peers/card.ts'
import { formatMessage, parseMessage } from '../../src/peers/gossip-message.ts'
import { formatReceipt, parseReceipt } from '../../src/receipt/receipt-file.ts'
import { frame } from '../../src/store/frames.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { parseTilePath } from '../../src/tree/tiles.ts'
import { cutBundle } from '../../src/verify/bundle.ts'
import { chainOf, logKey, origin, signedLog } from '../peers/signed-log.ts'

/** A reader of bytes from outside, valid bytes for it, and the errors by which it may refuse others. */
export interface Target {
  name: string
  valid: Buffer[]
  refusals: readonly string[]
  read(bytes: Buffer): unknown
}

const entries = chainOf(40)
const log = signedLog(entries)
const other = signedLog(chainOf(24, { branch: 1, from: 9 }))
const cosigner = makeSignerKey('box.test/f/witness-1', cosignerKeyType, Buffer.alloc(32, 5))
const admin = makeSignerKey('box.test/f/admin', logKeyType, Buffer.alloc(32, 6))
const next = makeSignerKey(origin.replace(/1$/, '2'), logKeyType, Buffer.alloc(32, 8))
const note = log.note(40)
const text = note.slice(0, note.indexOf('\n\n') + 1)
export const cosigned = note + cosign(text, cosigner, 1_795_000_000n)
const policy = defaultPolicy([{ name: 'w', key: cosigner }])
const leaf = hashLeaf(entries[0]!)
const proof = formatProof({ index: 0n, proof: [leaf, leaf, leaf], checkpoint: cosigned })
const mine = { origin, nonce: Buffer.alloc(32, 1) }
const theirs = { origin: 'box.test/f/1', nonce: Buffer.alloc(32, 2) }
const statement = formatStatement({
  oldOrigin: origin,
  newOrigin: next.name,
  key: next,
  last: null,
  reason: 'lost',
})
const buffers = (...all: (string | Buffer)[]) => all.map((it) => Buffer.from(it))

export const request = formatAddCheckpoint({ old: 3n, proof: [leaf, leaf], note })
export const message = formatMessage({
  notes: [note, other.note(24)],
  forks: ['a'.repeat(64)],
  statements: [],
})

export const targets: Target[] = [
  {
    name: 'checkpoint',
    valid: buffers(
      note,
      cosigned,
      signCheckpoint({ origin, size: 0n, root: leaf, extensions: ['x é'] }, logKey),
    ),
    refusals: ['NoteError'],
    read: (bytes) => openCheckpoint(bytes, logKey),
  },
  {
    name: 'verifier key',
    valid: buffers(formatVerifierKey(logKey), formatVerifierKey(cosigner)),
    refusals: ['KeyError'],
    read: (bytes) => parseVerifierKey(bytes.toString()),
  },
  {
    name: 'policy',
    valid: [formatPolicy(policy)],
    refusals: ['PolicyError', 'NoteError'],
    read: (bytes) => checkPolicy(parsePolicy(bytes), cosigned, logKey),
  },
  {
    name: 'receipt (tlog-proof)',
    valid: buffers(proof),
    refusals: ['NoteError', 'ProofError'],
    read: (bytes) => verifyProof(parseProof(bytes), leaf, logKey),
  },
  {
    name: 'add-checkpoint request',
    valid: [request],
    refusals: ['NoteError'],
    read: (bytes) => parseAddCheckpoint(bytes),
  },
  {
    name: 'fork proof',
    valid: buffers(
      formatForkProof(sameSizeProof(log.note(24), other.note(24))),
      formatForkProof(noPrefixProof(other.note(24), note, [leaf, leaf, leaf, leaf])),
    ),
    refusals: ['ForkProofError', 'NoteError'],
    read: (bytes) => verifyForkProof(parseForkProof(bytes), logKey),
  },
  {
    name: 'statement of administrators',
    valid: buffers(sealStatement(statement, [signStatement(statement, admin)])),
    refusals: ['StatementError', 'NoteError'],
    read: (bytes) => verifyStatement(bytes, [admin]),
  },
  {
    name: 'succession',
    valid: buffers(
      formatSuccession({ content: '{"a":1}', salt: 'a'.repeat(64), entry: entries[0]!.toString(), proof }),
    ),
    refusals: ['StatementError', 'NoteError'],
    read: (bytes) => verifySuccession(parseSuccession(bytes), logKey),
  },
  {
    name: 'peer card',
    valid: buffers(
      formatCard({
        name: '碳盒',
        log: logKey,
        cosigner,
        admin,
        urls: ['http://127.0.0.1:8472', 'wss://box.test/'],
      }),
    ),
    refusals: ['CardError'],
    read: (bytes) => parseCard(bytes),
  },
  { name: 'gossip', valid: [message], refusals: [], read: (bytes) => parseMessage(bytes) },
  { name: 'entry', valid: entries.slice(0, 3), refusals: ['TypeError'], read: (bytes) => decodeEntry(bytes) },
  {
    name: 'entry bundle',
    valid: [frame(entries)],
    refusals: [],
    read: (bytes) => cutBundle(bytes, 40),
  },
  {
    name: 'tile path',
    valid: buffers('tile/0/x001/067.p/3', 'tile/entries/000', 'tile/2/x001/x234/067'),
    refusals: [],
    read: (bytes) => parseTilePath(bytes.toString()),
  },
  {
    name: 'WebSocket frame',
    valid: [
      encodeFrame({ kind: 'request', id: 1, method: 'GET', path: '/mirror/a/checkpoint', length: 0 }),
      encodeFrame({ kind: 'response', id: 1, status: 200, type: 'text/plain', immutable: true, length: 9 }),
      encodeFrame({ kind: 'response-data', id: 1, bytes: Buffer.from('some bytes') }),
      encodeFrame({ kind: 'cancel', id: 7 }),
    ],
    refusals: ['FrameError'],
    read: (bytes) => decodeFrame(bytes),
  },
  {
    name: 'introduction and hello',
    valid: buffers(formatIntroduction(mine), signHello(mine, theirs, logKey)),
    refusals: ['FrameError', 'NoteError'],
    read: (bytes) => {
      const said = bytes.toString()
      return said.startsWith('tanbox.dev/ledger-nonce')
        ? parseIntroduction(said)
        : checkHello(said, mine, theirs, logKey)
    },
  },
  {
    name: 'receipt file',
    valid: buffers(formatReceipt({ proof, entry: entries[0]!.toString(), log: formatVerifierKey(logKey) })),
    refusals: ['ReceiptError'],
    read: (bytes) => parseReceipt(bytes),
  },
]

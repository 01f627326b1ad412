import t from 'tap'
import { encodeEntry, leafHash, noEntry, suite } from '../../src/entry.ts'
import { StatementError } from '../../src/forks/statement.ts'
import {
  formatSuccession,
  oldOriginOf,
  parseSuccession,
  type Succession,
  verifySuccession,
} from '../../src/forks/succession.ts'
import { commitTo } from '../../src/kinds.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { formatVerifierKey, verifierOf } from '../../src/note/key.ts'
import { formatProof } from '../../src/note/tlog-proof.ts'
import { logSigner } from '../note/signers.ts'

const box = 'box.test/0123456789abcdef'
const old = logSigner(`${box}/1`, 1)
const next = logSigner(`${box}/2`, 2)

/** An old log of one entry that names the next one. */
function succession({
  origin = next.name,
  key = next,
  type = 'log-succeeded',
  signer = old,
} = {}): Succession {
  const at = '2026-11-27T00:00:00.000Z'
  const committed = commitTo('log-succeeded', { origin, key: formatVerifierKey(key), at })
  const { commitment, canonical, salt } = committed
  const entry = encodeEntry({ type, seq: 0, prev: noEntry, time: at, commitment, suite })
  const root = Buffer.from(leafHash(entry), 'hex')
  const checkpoint = signCheckpoint({ origin: signer.name, size: 1n, root, extensions: [] }, signer)
  const proof = formatProof({ index: 0n, proof: [], checkpoint })
  return { content: canonical, salt, entry: entry.toString('utf8'), proof }
}

t.test('an entry names the log that goes on, and anybody with the old key can check it', async (t) => {
  const read = parseSuccession(Buffer.from(formatSuccession(succession())))
  t.equal(oldOriginOf(read), old.name)
  const { newOrigin, key } = verifySuccession(read, verifierOf(old))
  t.equal(newOrigin, next.name)
  t.equal(formatVerifierKey(key), formatVerifierKey(next))
})

t.test('what does not hold is refused', async (t) => {
  const good = succession()
  const elsewhere = logSigner('other.test/0123456789abcdef/2', 3)
  for (const [what, wrong] of [
    ['another salt', { ...good, salt: '0'.repeat(64) }],
    ['another content', { ...good, content: succession({ key: logSigner(`${box}/2`, 4) }).content }],
    ['another kind of entry', succession({ type: 'answer' })],
    ['another signer', succession({ signer: logSigner(old.name, 9) })],
    ['another box', succession({ origin: elsewhere.name, key: elsewhere })],
    ['the same generation', succession({ origin: old.name, key: old })],
    ['a name that is not that of the key', succession({ origin: `${box}/3` })],
    ['an entry that is none', { ...good, entry: '{}' }],
    ['a receipt that is none', { ...good, proof: good.proof.replace('index 0', 'index 1') }],
  ] as const)
    t.throws(() => verifySuccession(wrong, verifierOf(old)), StatementError, what)
})

t.test('a file of another form is refused', async (t) => {
  const text = formatSuccession(succession())
  for (const wrong of [
    '',
    '{',
    text.replace('@1', '@2'),
    text.replace('"salt"', '"pepper"'),
    `${text}${' '.repeat(1 << 19)}`,
  ])
    t.throws(() => parseSuccession(Buffer.from(wrong)), StatementError)
  t.throws(() => oldOriginOf({ ...succession(), proof: 'x' }), StatementError)
})

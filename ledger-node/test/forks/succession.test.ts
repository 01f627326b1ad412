import t from 'tap'
import { StatementError } from '../../src/forks/statement.ts'
import {
  formatSuccession,
  oldOriginOf,
  parseSuccession,
  verifySuccession,
} from '../../src/forks/succession.ts'
import { formatVerifierKey, verifierOf } from '../../src/note/key.ts'
import { logSigner } from '../note/signers.ts'
import { box, next, old, succession } from './made-succession.ts'

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

import t from 'tap'
import {
  formatStatement,
  isNextGeneration,
  parseStatement,
  type Statement,
  StatementError,
  sealStatement,
  signStatement,
  verifyStatement,
} from '../../src/forks/statement.ts'
import { logKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'

const box = 'box.test/0123456789abcdef'
const admin = (n: number) =>
  makeSignerKey(`box.test/${`${n}`.repeat(16)}/admin`, logKeyType, Buffer.alloc(32, n))
const admins = [1, 2, 3, 4, 5].map(admin)
const known = admins.map(verifierOf)
const statement: Statement = {
  oldOrigin: `${box}/1`,
  newOrigin: `${box}/2`,
  key: verifierOf(makeSignerKey(`${box}/2`, logKeyType, Buffer.alloc(32, 9))),
  last: { size: 70_000n, root: Buffer.alloc(32, 3) },
  reason: 'The disk was lost. 硬盘损坏。',
}
const text = formatStatement(statement)
const signedBy = (...numbers: number[]) =>
  sealStatement(
    text,
    numbers.map((n) => signStatement(text, admins[n - 1]!)),
  )

t.test('a statement is read as it was written', async (t) => {
  t.same(parseStatement(text), statement)
  t.same(parseStatement(formatStatement({ ...statement, last: null })).last, null)
})

t.test('more than half of the administrators on record have to sign it', async (t) => {
  t.equal(verifyStatement(signedBy(1, 3, 5), known).newOrigin, statement.newOrigin)
  t.throws(() => verifyStatement(signedBy(1, 3), known), StatementError)
  t.throws(() => verifyStatement(signedBy(1, 1, 1), known), /1 of 5/, 'one person counts once')
  t.throws(() => verifyStatement(signedBy(1, 2, 3), [...known.slice(0, 2), known[3]!, known[4]!]), /2 of 4/)
  t.throws(() => verifyStatement(signedBy(1), []), StatementError, 'nobody on record: nothing is stated')
  const doubled = [known[0]!, known[0]!, ...known]
  t.equal(
    verifyStatement(signedBy(1, 2, 3), doubled).reason,
    statement.reason,
    'a key on record twice is one',
  )
  const renamed = makeSignerKey('box.test/other/admin', logKeyType, admins[0]!.seed)
  const two = [known[0]!, verifierOf(renamed), known[1]!]
  const twice = sealStatement(text, [signStatement(text, admins[0]!), signStatement(text, renamed)])
  t.throws(() => verifyStatement(twice, two), /1 of 2/, 'and one person by two names is one, too')
})

t.test('a wrong signature of a known key rejects it, though enough good ones are there', async (t) => {
  const [good, other] = [
    signStatement(text, admins[0]!),
    signStatement(formatStatement({ ...statement, reason: 'x' }), admins[4]!),
  ]
  const note = sealStatement(text, [good, ...[2, 3].map((n) => signStatement(text, admins[n - 1]!)), other])
  t.throws(() => verifyStatement(note, known), { code: 'bad-signature' })
})

t.test('a new log is a later generation of the same box, with a log key of that name', async (t) => {
  t.ok(isNextGeneration(`${box}/9`, `${box}/10`))
  for (const [before, after] of [
    [`${box}/2`, `${box}/2`],
    [`${box}/2`, `${box}/1`],
    [`${box}/1`, 'box.test/ffffffffffffffff/2'],
    ['x', 'y'],
  ] as const)
    t.notOk(isNextGeneration(before, after), `${before} -> ${after}`)
  t.throws(() => formatStatement({ ...statement, newOrigin: `${box}/3` }), StatementError)
  for (const broken of [
    '',
    'x',
    text.slice(0, -1),
    `${text}\n`,
    text.replace('70000', '070000'),
    text.replace('v1', 'v2'),
  ])
    t.throws(() => parseStatement(broken), StatementError)
})

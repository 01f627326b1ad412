import t from 'tap'
import { formatVerifierKey, parseVerifierKey } from '../../src/note/key.ts'
import { parsePolicy } from '../../src/note/policy.ts'
import { checkReceipt, type ReceiptReport } from '../../src/receipt/check-receipt.ts'
import { formatReceipt, parseReceipt, type ReceiptFile } from '../../src/receipt/receipt-file.ts'
import { testWitness } from '../support/static-log.ts'
import { content, makeReceipt } from './made-receipt.ts'

const good = await makeReceipt()

function check({ proof, entry, salt, content, log, policy }: Partial<ReceiptFile>): ReceiptReport {
  return checkReceipt({
    proof: proof ?? '',
    entry: Buffer.from(entry ?? ''),
    key: parseVerifierKey(log ?? ''),
    ...(salt !== undefined && { salt }),
    ...(content !== undefined && { content }),
    ...(policy !== undefined && { policy: parsePolicy(policy) }),
  })
}

t.test('a whole receipt is good in every step', async (t) => {
  const report = check(good)
  t.match(report, { ok: true, index: 255n, of: 4, witnesses: ['w1', 'w2', 'w3'] })
  t.same(new Set(Object.values(report.steps).map(({ result }) => result)), new Set(['good']))
  t.match(report.entry, { type: 'source-removed', seq: 255 })
})

t.test('without content or policy those are not checked, and the report says so', async (t) => {
  const { proof, entry, log } = good
  t.match(check({ proof, entry, log }), {
    ok: true,
    steps: { content: { result: 'not-given' }, finality: { result: 'not-given' } },
  })
})

t.test('the content may be laid out otherwise', async (t) => {
  t.match(check({ ...good, content: JSON.stringify(content, null, 2) }), { ok: true })
})

t.test('whatever is changed fails in its own step', async (t) => {
  const hex = (text: string) => (text[0] === '0' ? `1${text.slice(1)}` : `0${text.slice(1)}`)
  const line = (text: string, at: number, change: (line: string) => string) =>
    text
      .split('\n')
      .map((one, index) => (index === at ? change(one) : one))
      .join('\n')
  const swap = (text: string) => `${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`
  const two = await makeReceipt(2)
  const cases: [string, Partial<ReceiptFile>, object][] = [
    ['the salt', { salt: hex(good.salt) }, { content: { problem: 'other-content' } }],
    [
      'the content',
      { content: good.content.replace('home', 'hone') },
      { content: { problem: 'other-content' } },
    ],
    ['no salt', { salt: undefined }, { content: { problem: 'salt-missing' } }],
    ['no content', { content: undefined }, { content: { problem: 'content-missing' } }],
    ['a salt in capitals', { salt: 'AB'.repeat(32) }, { content: { problem: 'malformed-salt' } }],
    ['a path hash', { proof: line(good.proof, 3, swap) }, { inclusion: { problem: 'not-included' } }],
    [
      'a path hash less',
      { proof: line(good.proof, 3, () => '\0').replace('\0\n', '') },
      { inclusion: { problem: 'not-included' } },
    ],
    [
      'the index',
      { proof: good.proof.replace('index 255', 'index 254') },
      { entry: { problem: 'other-index' }, inclusion: { problem: 'not-included' } },
    ],
    [
      'the root',
      {
        proof: good.proof.replace(
          /\n300\n./,
          (text) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
        ),
      },
      { signature: { problem: 'bad-signature' }, inclusion: { result: 'skipped' } },
    ],
    [
      'the size',
      { proof: good.proof.replace('\n300\n', '\n301\n') },
      { signature: { problem: 'bad-signature' } },
    ],
    [
      'the time of the entry',
      { entry: good.entry.replace('08:00:00.123', '08:00:00.124') },
      { entry: { result: 'good' }, inclusion: { problem: 'not-included' } },
    ],
    [
      'the spelling of the entry',
      { entry: good.entry.replace(':255', ': 255') },
      { entry: { problem: 'not-an-entry' } },
    ],
    ['another log', { log: formatVerifierKey(testWitness(1)).replace(/^[^+]+/, 'other') }, {}],
    [
      'a proof that is none',
      { proof: 'hello\n' },
      { proof: { problem: 'unreadable-proof' }, signature: { result: 'skipped' } },
    ],
    ['few cosignatures', { proof: two.proof }, { finality: { problem: 'not-final' } }],
    [
      'a cosignature',
      { proof: good.proof.replace(/(w3\S+ \S{20})./, (_, before) => `${before}/`) },
      { finality: { problem: 'bad-cosignature' }, signature: { result: 'good' } },
    ],
  ]
  for (const [name, change, steps] of cases) {
    if (name === 'another log') {
      t.throws(() => check({ ...good, ...change }), { name: 'KeyError' }, name)
      continue
    }
    const report = check({ ...good, ...change })
    t.match(report, { ok: false, steps }, name)
  }
  const otherKey = { ...parseVerifierKey(good.log), name: 'other.test/log' }
  t.match(checkReceipt({ proof: good.proof, entry: Buffer.from(good.entry), key: otherKey }), {
    ok: false,
    steps: { signature: { problem: 'wrong-log' } },
    index: null,
  })
})

t.test('a receipt file is read as it was written, and nothing else is one', async (t) => {
  t.same(parseReceipt(formatReceipt(good)), good)
  t.same(parseReceipt(Buffer.from(formatReceipt({ proof: 'p', entry: 'e' }))), { proof: 'p', entry: 'e' })
  const bad = [
    '',
    'null',
    '[]',
    '{}',
    '{"format":"tanbox-receipt@2","proof":"p","entry":"e"}',
    '{"format":"tanbox-receipt@1","proof":"p"}',
    '{"format":"tanbox-receipt@1","proof":"p","entry":7}',
    '{"format":"tanbox-receipt@1","proof":"p","entry":"e","more":1}',
    `"${'x'.repeat(5_000_000)}"`,
  ]
  for (const text of bad) t.throws(() => parseReceipt(text), { name: 'ReceiptError' }, text.slice(0, 60))
  t.throws(() => parseReceipt(Buffer.from([0xff])), { name: 'ReceiptError' })
})

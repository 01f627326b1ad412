import t from 'tap'
import { fuzz } from './fuzz/fuzz.ts'
import { fuzzNode } from './fuzz/fuzz-node.ts'
import { type Target, targets } from './fuzz/targets.ts'

/** The long form is a command: `npm run -s fuzz:ledger -- 1000000`. */
const inputs = 18_000

t.test(`${inputs} changed inputs are taken or refused with a reason by whoever reads them`, async (t) => {
  fuzz(2000, 7)
  const before = process.memoryUsage().heapUsed
  const report = fuzz(inputs, 1)
  t.same(report.broken, [])
  t.equal(report.accepted + report.refused, inputs)
  t.ok(report.refused > inputs / 4 && report.accepted > 0, `${report.refused} are refused`)
  t.ok(process.memoryUsage().heapUsed - before < 200e6, 'nothing grows')
})

t.test('the valid ones are read, so that what is changed is more than junk', async (t) => {
  for (const { name, valid, read, refusals } of targets) {
    for (const bytes of valid) {
      try {
        read(bytes)
      } catch (error) {
        t.ok(refusals.includes((error as Error).name), `${name}: ${error}`)
      }
    }
  }
})

t.test('a reader that breaks is found, with the input that breaks it', async (t) => {
  const fragile: Target = {
    name: 'fragile',
    valid: [Buffer.from('a line\nanother\n')],
    refusals: [],
    read: (bytes) => {
      if (bytes.includes(0xff)) throw new TypeError('broken')
    },
  }
  const [found] = fuzz(5000, 1, [fragile]).broken
  t.match(found, { target: 'fragile', what: 'TypeError: broken' })
  t.ok(Buffer.from(found!.input, 'base64').includes(0xff))
  t.same(fuzz(5000, 1, [fragile]).broken[0], found, 'and again by the same seed')
})

t.test('a node answers whatever it is asked', async (t) => {
  const { broken } = await fuzzNode(2000, 1)
  t.same(broken, [])
})

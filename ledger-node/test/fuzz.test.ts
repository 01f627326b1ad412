import t from 'tap'
import { runFuzz } from './fuzz/run-fuzz.ts'
import type { FuzzTarget } from './fuzz/target.ts'

/** The long form is a command: `npm run -s fuzz:ledger -- 1000000`. */
const count = 20_000

t.test(`${count} generated inputs break nothing that reads from outside`, { timeout: 300_000 }, async (t) => {
  const report = await runFuzz({ seed: 1, from: 0, count })
  t.same(report.findings, [])
  t.equal(report.inputs, count)
  for (const [name, { inputs, taken }] of Object.entries(report.targets)) {
    t.ok(inputs > 50, `${name} got ${inputs}`)
    t.ok(taken > 0, `${name} took some: what is changed is more than junk`)
  }
})

t.test('a reader that breaks is found, and found again by seed and index', async (t) => {
  const fragile: FuzzTarget = {
    name: 'fragile',
    samples: [Buffer.from('a line\nanother\n')],
    weight: 1,
    errors: ['RangeError'],
    run(input) {
      if (input.includes(0xff)) throw new TypeError('broken')
      if (input.length < 5) throw new RangeError('too short')
    },
  }
  const settings = { seed: 3, targets: [fragile] }
  const [found] = (await runFuzz({ ...settings, from: 0, count: 3000 })).findings
  t.match(found, { target: 'fragile', what: /TypeError: broken/ })
  t.ok(Buffer.from(found!.input, 'base64').includes(0xff))
  const again = await runFuzz({ ...settings, from: found!.index, count: 1 })
  t.equal(again.findings[0]?.input, found!.input)
})

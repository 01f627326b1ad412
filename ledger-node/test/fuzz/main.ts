import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { runFuzz } from './run-fuzz.ts'

/**
 * `npm run -s fuzz:ledger -- [inputs] [seed] [--from index] [--target name]`: generated inputs for everything that
 * reads from outside. A finding prints the line that replays it; of the node, which remembers, all from the first on.
 * Status 1 when there is one.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string', default: '0' },
    target: { type: 'string' },
  },
})
setFlagsFromString('--expose-gc')
globalThis.gc = runInNewContext('gc') as typeof globalThis.gc

const count = Number(positionals[0] ?? 20_000)
const seed = Number(positionals[1] ?? 1)
const from = Number(values.from)
if (![count, seed, from].every(Number.isSafeInteger))
  throw new RangeError('inputs, seed and index are whole numbers')
const begun = performance.now()
const report = await runFuzz({
  ...{ seed, from, count },
  ...(values.target !== undefined && { target: values.target }),
  progress: (done) => done % 50_000 === 0 && console.error(`${done} of ${count}`),
})
const seconds = (performance.now() - begun) / 1000
console.log(JSON.stringify({ seed, from, seconds: Math.round(seconds), ...report }, null, 2))
for (const { index, target, what } of report.findings) {
  console.error(`${target}: ${what}`)
  console.error(`  npm run -s fuzz:ledger -- 1 ${seed} --from ${index}`)
}
process.exit(report.findings.length > 0 ? 1 : 0)

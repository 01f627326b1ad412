import { parseArgs } from 'node:util'
import { crash, killsPerSeed } from './crash.ts'

/** `npm run -s test:crash -- 200` kills at 200 random moments; `-- --seed N` replays one seed. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' } },
})
const points = values.seed ? killsPerSeed : Number(positionals[0] ?? 20)
const first = Number(values.seed ?? Math.floor(Date.now() / 1000))
let passed = 0
let failed = 0
for (let seed = first; seed < first + Math.ceil(points / killsPerSeed); seed += 1) {
  try {
    await crash(seed)
    passed += killsPerSeed
    console.log(`seed ${seed}: ${killsPerSeed} kills survived`)
  } catch (cause) {
    failed += 1
    console.log(`seed ${seed}:`, cause)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

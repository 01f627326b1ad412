import { fuzz } from './fuzz.ts'
import { fuzzNode } from './fuzz-node.ts'

/** `npm run -s fuzz:ledger -- COUNT [SEED]`: generated inputs for every reader of outside bytes, and for a whole node. */
const count = Number(process.argv[2] ?? 20_000)
const seed = Number(process.argv[3] ?? 1)
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run -s fuzz:ledger -- COUNT [SEED]')
  process.exit(2)
}
const readers = Math.ceil(count * 0.9)
const before = process.memoryUsage.rss()
const report = fuzz(readers, seed)
const node = await fuzzNode(count - readers, seed)
const grown = Math.round((process.memoryUsage.rss() - before) / 1e6)
for (const broken of [...report.broken, ...node.broken]) console.error(JSON.stringify(broken))
console.log(
  `${report.inputs + node.inputs} inputs by seed ${seed}: ${report.accepted} taken, ${report.refused} refused, ` +
    `slowest ${report.slowestMs.toFixed(0)} ms, memory grown by ${grown} MB, ${report.broken.length + node.broken.length} broken`,
)
process.exit(report.broken.length + node.broken.length === 0 ? 0 : 1)

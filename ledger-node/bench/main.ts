import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { appendFor, appendPaced } from './append.ts'
import { fillLog, verifyExported } from './big-log.ts'
import { appendOverHttp } from './http.ts'
import { quantile, scratchFolder } from './scratch.ts'
import { catchUp, spread } from './sync.ts'

/**
 * `npm run -s bench:ledger -- [--json] [--quick] [--entries 1000000] [--seeds 50]`: the figures of the ledger node.
 * An entry is some 310 bytes whatever it is about; each append commits to a content of 512 bytes first.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    entries: { type: 'string' },
    seeds: { type: 'string' },
  },
})
const entries = Number(values.entries ?? (values.quick ? 20_000 : 1_000_000))
const seeds = Number(values.seeds ?? (values.quick ? 2 : 50))
const ms = values.quick ? 1000 : 4000
const rounds = values.quick ? 1 : 3

function say(what: string): void {
  if (!values.json) console.log(what)
}

/** The run in the middle of several, by one of its figures. */
async function middle<T>(runs: number, key: keyof T, run: () => Promise<T>): Promise<T> {
  const all: T[] = []
  for (let made = 0; made < runs; made += 1) all.push(await run())
  const wanted = quantile(
    all.map((it) => Number(it[key])),
    0.5,
  )
  return all.find((it) => it[key] === wanted) ?? all[0]!
}

function simulate(count: number): { seeds: number; failed: number } {
  const program = fileURLToPath(new URL('../test/simulation/main.ts', import.meta.url))
  const args = [program, '--seeds', String(count), '--json']
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  const line = stdout.trim().split('\n').at(-1) ?? ''
  const report = JSON.parse(line) as { seeds: number; failed: number | unknown[] }
  return { seeds: report.seeds, failed: Array.isArray(report.failed) ? report.failed.length : report.failed }
}

const append = await middle(rounds, 'entriesPerSecond', () => appendFor(ms))
say(`append: ${JSON.stringify(append)}`)
const paced = await middle(rounds, 'p99Ms', () => appendPaced(5000, ms))
say(`append at 5,000/s: ${JSON.stringify(paced)}`)
const http = await middle(rounds, 'entriesPerSecond', () => appendOverHttp(ms))
say(`http: ${JSON.stringify(http)}`)
using scratch = scratchFolder()
const folder = join(scratch.path, 'big')
const { key, proof, storageBytesPerEntry } = await fillLog(folder, entries, values.quick ? 500 : 5000)
say(`proof: ${JSON.stringify(proof)}, storage ${storageBytesPerEntry} bytes an entry`)
const verify = await verifyExported(folder, join(scratch.path, 'export'), key, rounds)
say(`verify: ${JSON.stringify(verify)}`)
const gap = await catchUp(folder, entries)
say(`sync of ${entries}: ${JSON.stringify(gap)}`)
const one = await spread(values.quick ? 5 : 40)
say(`sync of one: ${JSON.stringify(one)}`)
const simulation = simulate(seeds)
say(`simulation: ${JSON.stringify(simulation)}`)
if (values.json) {
  const sync = { entries, ...gap, oneEntry: one }
  const figures = { append: { ...append, ...paced }, http, verify, proof, sync, simulation }
  const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}`
  console.log(
    JSON.stringify({ ...figures, storage: { bytesPerEntry: storageBytesPerEntry }, entries, machine }),
  )
}

import { execFileSync, spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { installPortkey } from './beside/portkey.ts'
import { idle, storm, warming } from './scenarios/crowd.ts'
import { kill } from './scenarios/kill.ts'
import { detached, stalled } from './scenarios/stalled.ts'
import { latency, streams } from './scenarios/streams.ts'
import { openWorkbench, type Workbench } from './workbench.ts'

/**
 * `npm run -s bench:gateway -- [--json] [--quick] [--only idle,storm,...] [--beside]`: the figures of the gateway. The
 * model stub, the gateway and the clients are processes of their own on one machine.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    beside: { type: 'boolean', default: false },
  },
})
const { quick } = values
const boxes = quick ? 500 : 10_000

function openFilesLimit(): number {
  const printed = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return printed === 'unlimited' ? Number.POSITIVE_INFINITY : Number(printed)
}

function beside(): unknown {
  installPortkey()
  const program = fileURLToPath(new URL('beside/main.ts', import.meta.url))
  const inside = ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, program]
  const ran = spawnSync('unshare', [...inside, ...(quick ? ['--quick'] : [])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (ran.status !== 0) throw new Error('the comparison did not end well')
  return JSON.parse(ran.stdout.trim().split('\n').at(-1)!)
}

const scenarios: Record<string, (bench: Workbench) => Promise<unknown>> = {
  idle: async (bench) => ({
    ...(await idle(bench, boxes)),
    tls: await idle(bench, quick ? 100 : 2000, true),
  }),
  storm: (bench) => storm(bench, boxes),
  streams: async (bench) => {
    const many = await streams(bench, quick ? 50 : 500, quick ? 4 : 20, 0)
    const { lostOrRepeated, ...paced } = await latency(bench, quick ? 20 : 200, quick ? 4 : 12, quick ? 1 : 3)
    return { ...many, ...paced, lostOrRepeated: many.lostOrRepeated + lostOrRepeated }
  },
  cuts: (bench) => streams(bench, quick ? 50 : 500, quick ? 4 : 20, 0.05),
  stalled: async (bench) => ({
    ...(await stalled(bench, quick ? 3 : 10)),
    detached: await detached(bench, quick ? 60 : 320),
  }),
  kill: (bench) => kill(bench, quick ? 20 : 200),
}

const chosen = values.only?.split(',') ?? (values.beside ? [] : Object.keys(scenarios))
const figures: Record<string, unknown> = {}
const say = (name: string) => {
  if (!values.json) console.log(`${name}: ${JSON.stringify(figures[name], null, 2)}`)
}
if (!quick && openFilesLimit() < 10_500 && (chosen.includes('idle') || chosen.includes('storm'))) {
  console.error(`idle and storm need an open-files limit of 10,500; here it is ${openFilesLimit()}`)
  process.exit(1)
}
if (chosen.length > 0) {
  await using bench = await openWorkbench(boxes + warming)
  for (const name of chosen) {
    const scenario = scenarios[name]
    if (!scenario) throw new Error(`there is no scenario ${name}`)
    figures[name] = await scenario(bench)
    say(name)
  }
}
if (values.beside) {
  figures.beside = beside()
  say('beside')
}
if (values.json) {
  const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}`
  console.log(JSON.stringify({ ...figures, machine }))
}

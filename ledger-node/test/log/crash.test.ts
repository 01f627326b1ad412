import t from 'tap'
import { decodeEntry } from '../../src/entry.ts'
import type { BoxLogs } from '../../src/log/box-logs.ts'
import { openBoxLogs } from '../../src/log/open-box-logs.ts'
import type { OwnLog } from '../../src/log/own-log.ts'
import type { Published } from '../../src/log/published.ts'
import { SeededRandom } from '../simulation/random.ts'
import { type Life, Scheduler, SimClock } from '../simulation/scheduler.ts'
import { SimDisk } from '../simulation/sim-disk.ts'
import { Trace } from '../simulation/trace.ts'

/** How many runs: the long form is `CRASHES=2000`. */
const runs = Number(process.env.CRASHES ?? 60)

/** What somebody outside was told. */
interface Told {
  /** commitment -> index */
  acknowledged: Map<string, number>
  published: Published[]
  cosigner: string
}

/** A box that runs, is cut off at any change of its disk, and starts again on what that left. */
class CrashingBox {
  readonly told: Told = { acknowledged: new Map(), published: [], cosigner: '' }
  readonly notices: string[] = []
  readonly scheduler = new Scheduler(new Trace())
  readonly random: SeededRandom
  readonly disk: SimDisk

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
    this.disk = new SimDisk(this.scheduler, 'box', this.random.fork('disk'))
  }

  /** Runs until `work` is done, or a crash after so many changes of the disk. */
  async live(changes: number | null, work: (logs: BoxLogs) => Promise<void>): Promise<'done' | 'crashed'> {
    const life: Life = { over: false }
    const clock = new SimClock(this.scheduler, 'box', life)
    const draw = this.random.fork(`life ${this.scheduler.happened}`)
    const random = (count: number) => Buffer.from(Array.from({ length: count }, () => draw.below(256)))
    const notice = (text: string) => void this.notices.push(text)
    const ports = { disk: this.disk.boot(life), clock, random, notice }
    let end: 'done' | 'crashed' | null = null
    let failure: unknown = null
    this.disk.countdown = changes
    this.disk.onCountdown = () => {
      end = 'crashed'
      // The process alone is gone, or the machine with it.
      if (this.random.chance(0.3)) this.disk.kill(life)
      else this.disk.powerCut(life)
    }
    const settings = { data: '/box/data', local: '/box/local', host: 'box.test', publishEveryMs: 5 }
    const run = async () => {
      await using logs = await openBoxLogs(ports, settings)
      await work(logs)
    }
    run().then(
      () => {
        end ??= 'done'
      },
      (error: unknown) => {
        failure = error
      },
    )
    await this.scheduler.run(this.scheduler.time + 1e9, () => end !== null || failure !== null)
    if (failure) throw failure
    if (end === null) throw new Error('it hangs')
    return end
  }
}

function commitments(random: SeededRandom): () => string {
  return () => Array.from({ length: 8 }, () => random.word().toString(16).padStart(8, '0')).join('')
}

/** Appends from several callers until the crash, listening to what is published. */
async function write(logs: BoxLogs, told: Told, next: () => string, rounds: number): Promise<void> {
  const log = logs.current
  told.cosigner = logs.cosigner.name
  log.onPublished((published) => void told.published.push(published))
  const caller = async () => {
    for (let round = 0; round < rounds; round += 1) {
      const batch = Array.from({ length: 20 }, next)
      const seqs = await Promise.all(batch.map((commitment) => log.append({ type: 'answer', commitment })))
      for (const [at, commitment] of batch.entries()) told.acknowledged.set(commitment, seqs[at]!)
    }
  }
  await Promise.all([caller(), caller(), caller()])
}

async function problemsOf(logs: BoxLogs, told: Told): Promise<string[]> {
  const problems: string[] = []
  const log = logs.current
  if (logs.restored !== null) problems.push(`taken for restored: ${logs.restored}`)
  if (told.cosigner !== '' && logs.cosigner.name !== told.cosigner) problems.push('another cosigner')
  const entries = await log.read(0, 1e6)
  for (const [commitment, seq] of told.acknowledged)
    if (!entries[seq] || decodeEntry(entries[seq]).commitment !== commitment) problems.push(`${seq} is lost`)
  for (const { size, root } of told.published)
    if (!(await log.tree.rootAt(size)).equals(root)) problems.push(`the checkpoint of ${size} does not hold`)
  const last = told.published.at(-1)
  if (last && (log.published?.size ?? 0) < last.size) problems.push('a checkpoint that was seen is gone')
  for (const { size } of told.published) problems.push(...(await missingTiles(log, size)))
  return problems
}

/** The partial tiles of a size that was published, unless the full one is there. */
async function missingTiles(log: OwnLog, size: number): Promise<string[]> {
  const index = Math.floor(size / 256)
  const tile = { level: 0, index, width: size % 256 }
  const isFull = log.hasTile({ ...tile, width: 256 })
  const isServed = tile.width === 0 || isFull || (log.hasTile(tile) && (await log.tree.tile(tile)) !== null)
  return isServed ? [] : [`the tiles of ${size} are not served`]
}

t.setTimeout(600_000)

t.test(`cut off from power at any change, ${runs} times, it keeps what it has told`, async (t) => {
  let published = 0
  for (let seed = 0; seed < runs; seed += 1) {
    const box = new CrashingBox(seed)
    const next = commitments(box.random.fork('commitments'))
    for (let life = 0; life < 4; life += 1) {
      const changes = box.random.pick([box.random.below(30), box.random.below(400)])
      await box.live(changes, async (logs) => {
        const problems = await problemsOf(logs, box.told)
        if (problems.length > 0) t.fail(`seed ${seed}, life ${life}: ${problems.slice(0, 3).join('; ')}`)
        await write(logs, box.told, next, 6)
      })
    }
    const end = await box.live(null, async (logs) => {
      const problems = await problemsOf(logs, box.told)
      if (problems.length > 0) t.fail(`seed ${seed}, at the end: ${problems.slice(0, 3).join('; ')}`)
    })
    if (end !== 'done') t.fail(`seed ${seed}: it did not come to an end`)
    published += box.told.published.length
  }
  t.ok(published > runs, `${published} checkpoints were seen`)
})

t.test('what a failed sync left to be seen is durable after the next start', async (t) => {
  for (let seed = 0; seed < 20; seed += 1) {
    const box = new CrashingBox(seed)
    const next = commitments(box.random.fork('commitments'))
    await box.live(null, (logs) => write(logs, box.told, next, 1))
    await box.live(null, async (logs) => {
      box.disk.failingSyncs = 1
      await t.rejects(logs.current.append({ type: 'answer', commitment: next() }), { name: 'LogFailed' })
      box.disk.failingSyncs = 0
    })
    // It publishes what it found, and then the power fails.
    await box.live(null, async (logs) => {
      const { current } = logs
      if (current.published?.size === current.head.size) return
      await new Promise<void>((resolve) => {
        current.onPublished((published) => {
          box.told.published.push(published)
          resolve()
        })
      })
    })
    box.disk.powerCut({ over: true })
    await box.live(null, async (logs) => {
      t.same(await problemsOf(logs, box.told), [], `seed ${seed}`)
    })
  }
})

t.test('a succession that is cut off from power goes on at the next start, and is whole then', async (t) => {
  for (let seed = 0; seed < runs / 2; seed += 1) {
    const box = new CrashingBox(seed)
    const next = commitments(box.random.fork('commitments'))
    await box.live(null, (logs) => write(logs, box.told, next, 1))
    await box.live(box.random.below(60), async (logs) => void (await logs.beginSuccessor()))
    await box.live(null, async (logs) => {
      if (logs.restored) t.fail(`seed ${seed}: ${logs.restored}`)
      if (logs.logs.length === 1) await logs.beginSuccessor()
      const old = logs.logs[0]!
      const types = (await old.read(0, 1e6)).map((bytes) => decodeEntry(bytes).type)
      if (types.indexOf('log-succeeded') !== types.length - 1) t.fail(`seed ${seed}: not the last entry`)
      if (old.published?.size !== types.length) t.fail(`seed ${seed}: not published`)
      await write(logs, { ...box.told, published: [] }, next, 1)
    })
  }
})

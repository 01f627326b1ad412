import t, { type Test } from 'tap'
import type { Disk } from '../../src/disk/disk.ts'
import { makeFolderDurably, replaceDurably } from '../../src/disk/durable.ts'
import { diskContract } from '../contracts/disk.ts'
import { SeededRandom } from './random.ts'
import { type Life, Scheduler } from './scheduler.ts'
import { SimDisk } from './sim-disk.ts'
import { Trace } from './trace.ts'

/** A machine whose virtual time runs on by itself until the test ends. */
function machine(t: Test, seed: number | string) {
  const scheduler = new Scheduler(new Trace())
  const disk = new SimDisk(scheduler, 'a', new SeededRandom(seed))
  let ended = false
  const end = () => {
    ended = true
  }
  t.teardown(end)
  const pump = async () => {
    while (!ended) await scheduler.run(scheduler.time + 1_000_000)
  }
  void pump()
  const boot = (): { life: Life; disk: Disk } => {
    const life = { over: false }
    return { life, disk: disk.boot(life) }
  }
  return { disk, boot, end }
}

diskContract(t, 'the simulated disk', async (t) => {
  const { boot } = machine(t, 1)
  const { disk } = boot()
  await disk.makeFolder('/box')
  return { disk, folder: '/box' }
})

/** What `/f/a` may hold after a power cut that follows `before`; null for no such file. */
async function afterPowerCuts(
  t: Test,
  before: (disk: Disk) => Promise<unknown>,
): Promise<Set<string | null>> {
  const seen = new Set<string | null>()
  for (let seed = 0; seed < 300; seed++) {
    const box = machine(t, seed)
    const first = box.boot()
    await first.disk.makeFolder('/f')
    await first.disk.syncFolder('/')
    await before(first.disk)
    box.disk.powerCut(first.life)
    const bytes = await box.boot().disk.read('/f/a', 1000)
    seen.add(bytes?.toString('latin1').replaceAll('\0', '.') ?? null)
    box.end()
  }
  return seen
}

t.test('after a power cut what was synced is there, and nothing else is sure', async (t) => {
  const synced = await afterPowerCuts(t, (disk) => replaceDurably(disk, '/f/a', 'old'))
  t.same([...synced], ['old'])

  const replaced = await afterPowerCuts(t, async (disk) => {
    await replaceDurably(disk, '/f/a', 'old')
    await replaceDurably(disk, '/f/a', 'new')
  })
  t.same([...replaced], ['new'])

  const careless = await afterPowerCuts(t, async (disk) => {
    await replaceDurably(disk, '/f/a', 'old')
    const file = await disk.open('/f/b')
    await file.write(Buffer.from('new'), 0)
    await disk.rename('/f/b', '/f/a')
    await disk.syncFolder('/f')
  })
  for (const left of ['new', '', 'n', 'ne', '...']) t.ok(careless.has(left), `renamed unsynced: "${left}"`)
  t.notOk(careless.has('old'))

  const noName = await afterPowerCuts(t, async (disk) => {
    const file = await disk.open('/f/a')
    await file.write(Buffer.from('new'), 0)
    await file.sync()
  })
  t.same(noName, new Set([null, 'new']))
})

t.test('of two writes that were not synced either may be kept without the other', async (t) => {
  const seen = await afterPowerCuts(t, async (disk) => {
    await replaceDurably(disk, '/f/a', '')
    const file = await disk.open('/f/a')
    await file.write(Buffer.from('ab'), 0)
    await file.write(Buffer.from('cd'), 2)
  })
  for (const left of ['', 'ab', '..cd', 'abcd', 'a', 'ab..']) t.ok(seen.has(left), `"${left}"`)
})

t.test('two renames are kept or lost each for itself', async (t) => {
  const seen = await afterPowerCuts(t, async (disk) => {
    await replaceDurably(disk, '/f/b', 'one')
    await replaceDurably(disk, '/f/c', 'two')
    await disk.rename('/f/b', '/f/a')
    await disk.rename('/f/c', '/f/a')
  })
  t.same(seen, new Set([null, 'one', 'two']))
})

t.test('what a killed process renamed and the next one reads stays after a power cut', async (t) => {
  const read = new Set<string>()
  for (let seed = 0; seed < 200; seed++) {
    const box = machine(t, seed)
    const first = box.boot()
    await first.disk.makeFolder('/f')
    await first.disk.syncFolder('/')
    await replaceDurably(first.disk, '/f/a', 'old')
    await replaceDurably(first.disk, '/f/a.new', 'new')
    await first.disk.rename('/f/a.new', '/f/a')
    box.disk.kill(first.life)
    const second = box.boot()
    await makeFolderDurably(second.disk, '/f')
    const shown = (await second.disk.read('/f/a', 100))!.toString()
    read.add(shown)
    box.disk.powerCut(second.life)
    if ((await box.boot().disk.read('/f/a', 100))!.toString() !== shown) t.fail(`seed ${seed}: it is lost`)
    box.end()
  }
  t.same([...read], ['new'])
})

t.test('a sync covers what was written before it began', async (t) => {
  const seen = await afterPowerCuts(t, async (disk) => {
    await replaceDurably(disk, '/f/a', '')
    const file = await disk.open('/f/a')
    await file.write(Buffer.from('a'), 0)
    const syncs = [file.sync(), file.sync()]
    const late = file.write(Buffer.from('b'), 1)
    await Promise.all([...syncs, late])
  })
  t.same(seen, new Set(['a', 'ab', 'a.']))
})

t.test('a crash at any change keeps a file replaced durably whole', async (t) => {
  const seen = new Set<string>()
  for (let seed = 0; seed < 300; seed++) {
    const box = machine(t, seed)
    const { life, disk } = box.boot()
    await disk.makeFolder('/f')
    await disk.syncFolder('/')
    await replaceDurably(disk, '/f/a', 'old')
    box.disk.countdown = seed % 6
    const crashed = new Promise<void>((resolve) => {
      box.disk.onCountdown = () => {
        box.disk.powerCut(life)
        resolve()
      }
    })
    await Promise.race([crashed, replaceDurably(disk, '/f/a', 'new')])
    const again = box.boot().disk
    seen.add(String(await again.read('/f/a', 10)))
    again.lock('/f/lock')[Symbol.dispose]()
    box.end()
  }
  t.same([...seen].sort(), ['new', 'old'])
})

t.test('a full disk takes what fits, a failed sync promises nothing later', async (t) => {
  const box = machine(t, 3)
  const { life, disk } = box.boot()
  await disk.makeFolder('/f')
  await disk.syncFolder('/')
  const file = await disk.open('/f/a')
  await disk.syncFolder('/f')
  box.disk.spare = 2
  await t.rejects(file.write(Buffer.from('abc'), 0), { code: 'ENOSPC' })
  t.equal(String(await disk.read('/f/a', 10)), 'ab')
  await t.rejects(disk.open('/f/b'), { code: 'ENOSPC' })
  box.disk.failingSyncs = 1
  await t.rejects(file.sync(), { code: 'EIO' })
  await file.sync()
  box.disk.powerCut(life)
  t.equal(String(await box.boot().disk.read('/f/a', 10)), '')
})

t.test('a killed process leaves what it wrote to be seen, and its lock', async (t) => {
  const box = machine(t, 4)
  const { life, disk } = box.boot()
  await disk.makeFolder('/f')
  const file = await disk.open('/f/a')
  await file.write(Buffer.from('abc'), 0)
  disk.lock('/f/lock')
  box.disk.kill(life)
  const again = box.boot().disk
  t.equal(String(await again.read('/f/a', 10)), 'abc')
  again.lock('/f/lock')[Symbol.dispose]()
})

t.test('a folder can be put back as it was', async (t) => {
  const box = machine(t, 5)
  const { disk } = box.boot()
  await disk.makeFolder('/f/below')
  await replaceDurably(disk, '/f/below/a', 'old')
  const copy = box.disk.tree.copyOf('/f')
  await replaceDurably(disk, '/f/below/a', 'new')
  await replaceDurably(disk, '/f/b', 'new')
  box.disk.tree.restore('/f', copy)
  t.same(await disk.list('/f'), ['below'])
  t.equal(String(await disk.read('/f/below/a', 10)), 'old')
  box.disk.tree.restore('/f', null)
  t.same(await disk.list('/f'), [])
})

import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseSignerKey } from '../../src/note/key.ts'
import { appendSome, entry, publishedUpTo, TestBox } from './box.ts'

const keyIn = (path: string) => parseSignerKey(readFileSync(path, 'utf8').trimEnd())

t.test('an ordinary restart asks nobody, and keeps keys and names', async (t) => {
  const box = new TestBox(t)
  const first = await box.with(async (log, logs) => {
    await appendSome(log, 3)
    return { origin: log.origin, key: log.key, cosigner: logs.cosigner }
  })
  await box.with(async (log, logs) => {
    t.equal(logs.restored, null)
    t.same({ origin: log.origin, key: log.key, cosigner: logs.cosigner }, first)
    await appendSome(log, 3)
  })
  t.same(box.notices, [])
})

t.test('keys are of their names, for their owner alone, and none is the other', async (t) => {
  const box = new TestBox(t)
  const { origin, cosigner } = await box.with(async (log, logs) => ({
    origin: log.origin,
    cosigner: logs.cosigner,
  }))
  const logKey = keyIn(join(box.data, 'keys', 'log.key'))
  t.match({ ...logKey }, { name: origin, type: 1 })
  t.match(origin, /^box\.test\/[0-9a-f]{16}\/1$/)
  t.same(keyIn(join(box.local, 'keys', 'cosigner.key')), cosigner)
  t.match({ ...cosigner }, { type: 4, name: new RegExp(`^${origin.slice(0, -2)}/witness-[0-9a-f]{8}$`) })
  t.notOk(logKey.seed.equals(cosigner.seed))
  for (const path of [join(box.data, 'keys', 'log.key'), join(box.local, 'keys', 'cosigner.key')])
    t.equal(statSync(path).mode & 0o777, 0o600)
})

t.test(
  'data from a backup are told: nothing is signed or appended, and the cosigner is a new one',
  async (t) => {
    const box = new TestBox(t)
    await box.with((log) => appendSome(log, 3))
    box.backUp()
    const cosigner = await box.with(async (log, logs) => {
      await appendSome(log, 3)
      return logs.cosigner
    })
    box.restore()
    const renewed = await box.with(async (log, logs) => {
      t.match(logs.restored, /6 entries was signed, and the log holds 3/)
      t.match(log.standing, { state: 'held', because: /6 entries was signed/ })
      await t.rejects(log.append(entry()), { name: 'LogHeld' })
      t.equal((await log.read(0, 10)).length, 3)
      t.not(logs.cosigner.name, cosigner.name)
      t.notOk(logs.cosigner.seed.equals(cosigner.seed))
      return logs.cosigner
    })
    t.same(keyIn(join(box.local, 'keys', 'cosigner.key.retired-1')), cosigner, 'the old one is put away')
    await box.with(async (log, logs) => {
      t.same(logs.cosigner, renewed, 'one new key a restore')
      t.equal(log.standing.state, 'held')
      t.equal(log.published?.size, 3, 'the checkpoint of the backup is still read')
    })
  },
)

t.test('a backup of the time in which it was held is told, once it had gone on', async (t) => {
  const box = new TestBox(t)
  await box.with(async (log) => {
    await appendSome(log, 3)
    await log.hold('a peer has more')
  })
  await box.with(async (_log, logs) => t.equal(logs.restored, null, 'a restart while it is held is none'))
  box.backUp()
  await box.with(async (log) => {
    await log.release()
    await appendSome(log, 3)
  })
  box.restore()
  await box.with(async (_log, logs) => t.match(logs.restored, /another instance/))
})

t.test('the same size with other entries is told as well', async (t) => {
  const box = new TestBox(t)
  await box.with(async () => {})
  box.backUp()
  await box.with((log) => appendSome(log, 3))
  box.backUp('one')
  box.restore()
  await box.with((log) => appendSome(log, 0))
  // The marker of three entries is there; the log is another of three.
  const marker = readdirSync(box.local).find((name) => name.startsWith('marker-'))!
  const saved = readFileSync(join(box.local, marker))
  rmSync(join(box.local, marker))
  await box.with(async (log) => {
    await log.release()
    await appendSome(log, 3)
  })
  writeFileSync(join(box.local, marker), saved)
  await box.with(async (_log, logs) => t.match(logs.restored, /another than the one whose checkpoint/))
})

t.test('a copy of the data on another machine is told, also when it had published nothing', async (t) => {
  for (const count of [0, 3]) {
    const box = new TestBox(t)
    await box.with((log) => appendSome(log, count))
    rmSync(box.local, { recursive: true })
    await box.with(async (log, logs) => {
      t.match(logs.restored, /beside the data folder is gone/)
      t.equal(log.standing.state, 'held')
    })
  }
})

t.test('data that have been away and back are told by the instance id', async (t) => {
  const box = new TestBox(t)
  await box.with((log) => appendSome(log, 3))
  box.backUp()
  rmSync(box.local, { recursive: true })
  await box.with(async (log) => {
    await log.release()
  })
  box.restore()
  await box.with(async (_log, logs) => t.match(logs.restored, /another instance/))
})

t.test('a marker or an id that is missing is taken for a restore', async (t) => {
  const cases: [string, RegExp][] = [
    ['local/marker', /marker of the last signed checkpoint is gone/],
    ['local/instance', /beside the data folder is gone/],
    ['data/instance', /has lost its instance id/],
  ]
  for (const [path, reason] of cases) {
    const box = new TestBox(t)
    await box.with((log) => appendSome(log, 3))
    const folder = join(box.root, path.split('/')[0]!)
    for (const name of readdirSync(folder))
      if (name.startsWith(path.split('/')[1]!)) rmSync(join(folder, name))
    await box.with(async (_log, logs) => t.match(logs.restored, reason))
    await box.with(async (log, logs) => {
      t.equal(logs.restored, null)
      t.equal(log.standing.state, 'held', 'and it stays held')
    })
  }
})

t.test('a backup of a time before the log id changed is told', async (t) => {
  const box = new TestBox(t)
  await box.with((log) => appendSome(log, 3))
  box.backUp()
  const marker = join(box.local, readdirSync(box.local).find((name) => name.startsWith('marker-'))!)
  const saved = readFileSync(marker)
  await box.with(async (_log, logs) => {
    const next = await logs.beginSuccessor()
    await appendSome(next, 1)
    await publishedUpTo(next, 1)
  })
  // As far as its own marker goes, the log is whole.
  writeFileSync(marker, saved)
  box.restore()
  await box.with(async (log, logs) => {
    t.match(logs.restored, /later log of this box/)
    t.equal(log.standing.state, 'held')
  })
})

t.test('a new box beside the local folder of an old one is a new box', async (t) => {
  const box = new TestBox(t)
  const old = await box.with(async (log, logs) => {
    await appendSome(log, 3)
    return logs.cosigner
  })
  rmSync(box.data, { recursive: true })
  await box.with(async (log, logs) => {
    t.equal(logs.restored, null)
    t.not(logs.cosigner.name.split('/')[1], old.name.split('/')[1])
    await appendSome(log, 3)
    await publishedUpTo(log, 3)
  })
})

t.test('without its log key a log that has published is not opened', async (t) => {
  const box = new TestBox(t)
  await box.with((log) => appendSome(log, 3))
  const path = join(box.data, 'keys', 'log.key')
  const sound = readFileSync(path, 'utf8')
  rmSync(path)
  await t.rejects(box.open(), /log\.key is gone/)
  writeFileSync(path, sound.replace('PRIVATE', 'PUBLIC'))
  await t.rejects(box.open(), /log\.key is damaged/)
  writeFileSync(path, readFileSync(join(box.local, 'keys', 'cosigner.key')))
  await t.rejects(box.open(), /holds the key of something else/)
  writeFileSync(path, sound)
  await box.with((log) => appendSome(log, 1))
})

t.test('a chain of the version before opens unchanged, and is signed from then on', async (t) => {
  const box = new TestBox(t)
  const { bytes, head } = await box.with(async (log) => {
    await appendSome(log, 700)
    return { bytes: readFileSync(join(box.data, 'entries')), head: log.head }
  })
  // What the version before knew.
  for (const name of readdirSync(box.data))
    if (!['entries', 'log.json', 'mark.json', 'lock'].includes(name))
      rmSync(join(box.data, name), { recursive: true })
  rmSync(box.local, { recursive: true })
  await box.with(async (log, logs) => {
    t.equal(logs.restored, null)
    t.same(log.head, head)
    await publishedUpTo(log, 700)
    await appendSome(log, 1)
  })
  t.ok(readFileSync(join(box.data, 'entries')).subarray(0, bytes.length).equals(bytes))
  t.ok(existsSync(join(box.data, 'hashes-1')))
  t.same(box.notices, [])
})

t.test('the cosigner is renewed at the wish of the caller too', async (t) => {
  const box = new TestBox(t)
  await box.with(async (_log, logs) => {
    const before = logs.cosigner
    const after = await logs.renewCosigner()
    t.same(logs.cosigner, after)
    t.not(before.name, after.name)
    await logs.renewCosigner()
    const names = readdirSync(join(box.local, 'keys')).sort()
    t.same(names, ['cosigner.key', 'cosigner.key.retired-1', 'cosigner.key.retired-2'])
  })
})

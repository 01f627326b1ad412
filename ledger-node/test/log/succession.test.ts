import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { decodeEntry, opens } from '../../src/entry.ts'
import type { BoxLogs } from '../../src/log/box-logs.ts'
import { formatVerifierKey } from '../../src/note/key.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { appendSome, entry, publishedUpTo, TestBox } from './box.ts'

interface Statement {
  from: string
  content: string
  salt: string
  commitment: string
}

t.test('an open log endorses the next one by its last entry, published, and is closed', async (t) => {
  const box = new TestBox(t)
  const origins = await box.with(async (log, logs) => {
    await appendSome(log, 5)
    const told: string[] = []
    logs.onSuccessor(({ origin }) => void told.push(origin))
    const prepared = await logs.prepareSuccessor()
    t.same(await logs.prepareSuccessor(), prepared, 'the same until it begins')
    const waiting = Promise.allSettled(Array.from({ length: 300 }, () => log.append(entry())))
    const next = await logs.beginSuccessor()
    t.same({ origin: next.origin, key: next.key }, prepared)
    t.same(told, [next.origin])
    t.equal(logs.current, next)
    t.equal(log.published?.size, log.head.size)
    t.match(log.standing, { state: 'closed', because: /goes on in its place/ })
    await t.rejects(log.append(entry()), { name: 'LogHeld' })
    const done = (await waiting).filter(({ status }) => status === 'fulfilled').length
    t.equal(log.head.size, 5 + done + 1)

    const [bytes] = await log.read(log.head.size - 1, 1)
    const last = decodeEntry(bytes!)
    t.equal(last.type, 'log-succeeded')
    const path = join(box.data, 'statements', `${originHash(next.origin)}.json`)
    const statement = JSON.parse(readFileSync(path, 'utf8')) as Statement
    t.equal(statement.from, log.origin)
    t.ok(opens(last.commitment, statement.content, statement.salt))
    t.match(JSON.parse(statement.content), { origin: next.origin, key: formatVerifierKey(next.key) })
    t.same(await appendSome(next, 2), [0, 1])
    await publishedUpTo(next, 2)
    return [log.origin, next.origin]
  })
  t.equal(origins[1], origins[0]!.replace(/1$/, '2'))
  await box.with(async (log, logs) => {
    t.equal(logs.restored, null)
    t.same(
      logs.logs.map(({ origin }) => origin),
      origins,
    )
    t.equal(log.origin, origins[1])
    t.equal(log.head.size, 2)
    t.equal((await logs.logs[0]!.read(0, 5)).length, 5, 'the old one is read')
    const third = await logs.beginSuccessor()
    t.equal(third.origin, origins[0]!.replace(/1$/, '3'))
  })
  await box.with(async (_log, logs) => t.equal(logs.logs.length, 3))
})

t.test(
  'another log that is prepared twice at once has one key, and is the one that is endorsed',
  async (t) => {
    const box = new TestBox(t)
    await box.with(async (log, logs) => {
      await appendSome(log, 2)
      const [one, other] = await Promise.all([logs.prepareSuccessor(), logs.prepareSuccessor()])
      t.same(one, other)
      const [second, third] = await Promise.all([logs.beginSuccessor(), logs.beginSuccessor()])
      t.same(second!.key, one!.key)
      t.equal(third!.origin, second!.origin.replace(/2$/, '3'))
      for (const [from, to] of [
        [log, second!],
        [second!, third!],
      ] as const) {
        const path = join(box.data, 'statements', `${originHash(to.origin)}.json`)
        const statement = JSON.parse(readFileSync(path, 'utf8')) as Statement
        const [bytes] = await from.read(from.head.size - 1, 1)
        t.ok(opens(decodeEntry(bytes!).commitment, statement.content, statement.salt))
        t.match(JSON.parse(statement.content), { key: formatVerifierKey(to.key) })
      }
    })
    await box.with(async (_log, logs) => t.equal(logs.logs.length, 3))
  },
)

t.test('a log that is held or has forked is followed without a word of its own', async (t) => {
  for (const shut of ['hold', 'conclude'] as const) {
    const box = new TestBox(t)
    await box.with(async (log, logs) => {
      await appendSome(log, 5)
      await publishedUpTo(log, 5)
      await log[shut]('it cannot be trusted')
      const { origin } = await logs.prepareSuccessor()
      const next = await logs.beginSuccessor({ statement: 'signed by the administrators\n' })
      t.equal(next.origin, origin)
      t.equal(log.head.size, 5)
      t.match(log.standing, { state: 'closed', because: /it cannot be trusted; the log .* goes on/ })
      const path = join(box.data, 'statements', originHash(origin))
      t.equal(readFileSync(`${path}.note`, 'utf8'), 'signed by the administrators\n')
      t.notOk(existsSync(`${path}.json`))
      await appendSome(next, 1)
    })
    await box.with(async (log) => t.equal(log.head.size, 1))
  }
})

t.test('a later number can be asked for, where a restore may have lost some', async (t) => {
  const box = new TestBox(t)
  await box.with(async (_log, logs) => {
    await t.rejects(logs.prepareSuccessor(1), RangeError)
    const { origin } = await logs.prepareSuccessor(7)
    t.match(origin, /\/7$/)
    await logs.beginSuccessor()
  })
  await box.with(async (log, logs) => {
    t.match(log.origin, /\/7$/)
    t.match((await logs.prepareSuccessor()).origin, /\/8$/)
  })
})

const close = async (logs: BoxLogs) => logs[Symbol.asyncDispose]()

t.test('wherever a crash cuts it short, the next start or the next try finishes it, once', async (t) => {
  let isBroken = true
  let cut = 0
  for (; isBroken; cut += 1) {
    isBroken = false
    let steps = 0
    const box = new TestBox(t)
    await box.with((log) => appendSome(log, 3))
    // From the step `cut` on nothing is written any more: as far as the folders go, that is a crash.
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      if (counting && steps++ >= cut) isBroken = true
      if (isBroken) throw new Error('crashed')
      return work()
    }
    let counting = false
    const disk = {
      ...fileDisk,
      rename: (from: string, to: string) => step(() => fileDisk.rename(from, to)),
      makeFolder: (path: string) => step(() => fileDisk.makeFolder(path)),
      open: async (path: string) => {
        const file = await fileDisk.open(path)
        return { ...file, sync: () => step(() => file.sync()) }
      },
    }
    const logs = await box.open({ disk })
    counting = true
    await logs.beginSuccessor().catch(() => {})
    await close(logs).catch(() => {})

    await box.with(async (log, again) => {
      t.equal(again.restored, null, `cut at ${cut}`)
      const next = again.logs.length === 2 ? log : await again.beginSuccessor()
      const [old] = again.logs
      const types = (await old!.read(0, 100)).map((bytes) => decodeEntry(bytes).type)
      t.same(types, ['answer', 'answer', 'answer', 'log-succeeded'], `cut at ${cut}`)
      t.equal(old!.published?.size, 4)
      t.same(
        again.logs.map(({ origin }) => origin.split('/')[2]),
        ['1', '2'],
      )
      t.same(await appendSome(next, 1), [0])
    })
  }
  t.ok(cut > 15, `${cut} steps`)
})

t.test('after a restore a key that was only prepared is not used', async (t) => {
  const box = new TestBox(t)
  const prepared = await box.with((_log, logs) => logs.prepareSuccessor())
  rmSync(box.local, { recursive: true })
  await box.with(async (_log, logs) => {
    t.ok(logs.restored)
    t.same(readdirSync(join(box.data, 'generations', '2', 'keys')), [])
    const { origin, key } = await logs.prepareSuccessor()
    t.equal(origin, prepared.origin)
    t.not(formatVerifierKey(key), formatVerifierKey(prepared.key))
  })
})

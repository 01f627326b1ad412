import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { DiskFile } from '../src/disk/disk.ts'
import { fileDisk } from '../src/disk/file-disk.ts'
import { decodeEntry, leafHash, noEntry } from '../src/entry.ts'
import type { NewEntry } from '../src/log/encode-next.ts'
import { LogFailed } from '../src/log/log-errors.ts'
import { openLog } from '../src/log/open-log.ts'
import { LogDamaged } from '../src/log/recover.ts'
import { verifyLog } from '../src/verify.ts'

const entry = (): NewEntry => ({ type: 'answer', commitment: randomBytes(32).toString('hex') })
const entries = (count: number) => Array.from({ length: count }, entry)

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tanbox-log-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return join(path, 'log')
}

async function open(path: string, wrap: (file: DiskFile) => DiskFile = (file) => file) {
  const notices: string[] = []
  const opened = await openLog(path, {
    host: 'box.test',
    notice: (sentence) => notices.push(sentence),
    disk: {
      ...fileDisk,
      open: async (name) => {
        const file = await fileDisk.open(name)
        return name.endsWith('/entries') ? wrap(file) : file
      },
    },
  })
  return { ...opened, notices }
}

/** A log of `count` entries on the disk, closed in good order. */
async function written(path: string, count: number): Promise<NewEntry[]> {
  const { log, close } = await open(path)
  const made = entries(count)
  await Promise.all(made.map((it) => log.append(it)))
  await close()
  return made
}

t.test('entries are numbered from 0 in the order they were given, and chained', async (t) => {
  const { log, close } = await open(folder(t))
  t.teardown(close)
  const made = entries(700)
  t.same(
    await Promise.all(made.map((it) => log.append(it))),
    made.map((_, index) => index),
  )
  const bytes = await log.read(0, 1000)
  t.equal(bytes.length, 700)
  let prev = noEntry
  for (const [index, it] of bytes.entries()) {
    const read = decodeEntry(it)
    t.match(read, { ...made[index], seq: index, prev })
    prev = leafHash(it)
  }
  t.same(log.head, { size: 700, hash: prev })
  t.same(await log.read(700, 5), [])
})

t.test(
  'a commitment that is in the log gets its first index: at once, in one batch, and after a restart',
  async (t) => {
    const path = folder(t)
    const first = await open(path)
    const [one, two] = entries(2) as [NewEntry, NewEntry]
    t.same(await Promise.all([one, two, one, one].map((it) => first.log.append(it))), [0, 1, 0, 0])
    t.equal(await first.log.append({ ...two, type: 'source-added' }), 1, 'the commitment is the key')
    await first.close()
    const again = await open(path)
    t.teardown(again.close)
    t.equal(await again.log.append(one), 0)
    t.equal(again.log.head.size, 2)
    t.equal(again.origin, first.origin, 'the origin stays')
  },
)

t.test('two commitments that begin alike are two entries', async (t) => {
  const { log, close } = await open(folder(t))
  t.teardown(close)
  const alike = ['0', '1', '2'].map((end) => ({ type: 'answer', commitment: 'f'.repeat(63) + end }))
  t.same(await Promise.all(alike.map((it) => log.append(it))), [0, 1, 2])
  t.same(await Promise.all(alike.map((it) => log.append(it))), [0, 1, 2])
})

t.test('nothing is acknowledged before the sync that covers it has returned', async (t) => {
  let letGo = () => {}
  let syncs = 0
  const { log, close } = await open(folder(t), (file) => ({
    ...file,
    sync: async () => {
      syncs += 1
      if (syncs > 1)
        await new Promise<void>((resolve) => {
          letGo = resolve
        })
      await file.sync()
    },
  }))
  t.teardown(close)
  let done = 0
  const waiting = entries(50).map((it) =>
    log.append(it).then(() => {
      done += 1
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(done, 0)
  t.equal(log.head.size, 0, 'and nobody can read it')
  letGo()
  await Promise.all(waiting)
  t.equal(done, 50)
  t.equal(syncs, 2, 'one sync for all that came together')
})

t.test('what is no entry is refused by itself', async (t) => {
  const { log, close } = await open(folder(t))
  t.teardown(close)
  const good = log.append(entry())
  t.throws(() => log.append({ type: 'Bad Type', commitment: '0'.repeat(64) }), TypeError)
  t.throws(() => log.append({ type: 'answer', commitment: 'XYZ' }), TypeError)
  t.equal(await good, 0)
})

t.test('a disk that is full refuses the entries, and takes them when there is room again', async (t) => {
  const path = folder(t)
  let full = false
  const { log, close } = await open(path, (file) => ({
    ...file,
    write: async (bytes, position) => {
      if (!full) return file.write(bytes, position)
      await file.write(bytes.subarray(0, 10), position)
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    },
  }))
  const [one, two] = entries(2) as [NewEntry, NewEntry]
  await log.append(one)
  full = true
  await t.rejects(log.append(two), LogFailed)
  full = false
  t.equal(await log.append(two), 1)
  await close()
  const again = await open(path)
  t.teardown(again.close)
  t.same(again.notices, [])
  t.equal(again.log.head.size, 2)
})

t.test('after a failed sync nothing more is acknowledged until the node starts again', async (t) => {
  const path = folder(t)
  let broken = false
  const { log, close } = await open(path, (file) => ({
    ...file,
    sync: async () => {
      if (broken) throw new Error('input/output error')
      await file.sync()
    },
  }))
  await log.append(entry())
  broken = true
  const lost = entry()
  await t.rejects(log.append(lost), { name: 'LogFailed', message: /start the node again/ })
  broken = false
  await t.rejects(log.append(entry()), { name: 'LogFailed', message: /start the node again/ })
  await close()
  const again = await open(path)
  t.teardown(again.close)
  const seq = await again.log.append(lost)
  t.equal(seq, 1, 'whether it had reached the disk or not, it stands there once')
  t.equal(again.log.head.size, 2)
})

t.test(
  'wherever a write is torn, the start keeps every whole entry and drops the rest with a notice',
  async (t) => {
    const path = folder(t)
    await written(path, 3)
    const whole = readFileSync(join(path, 'entries'))
    const last = whole.lastIndexOf(Buffer.from('{"commitment"')) - 2
    const mark = { ...JSON.parse(readFileSync(join(path, 'mark.json'), 'utf8')) }
    const { hash } = await openAndRead(path, 1)
    // The mark stands where it stood when two entries had been acknowledged.
    const older = JSON.stringify({ size: 2, bytes: last, hash })
    for (let size = last; size < whole.length; size += 7) {
      writeFileSync(join(path, 'entries'), whole.subarray(0, size))
      writeFileSync(join(path, 'mark.json'), older)
      forgetPublished(path)
      const { log, close, notices } = await open(path)
      t.equal(log.head.size, 2, `cut at byte ${size}`)
      t.equal(notices.length, size === last ? 0 : 1)
      t.equal(await log.append(entry()), 2, 'and goes on')
      await close()
    }
    t.equal(mark.size, 3)
  },
)

/** As if the crash had come before the checkpoint: neither the log's folder nor the one beside it knows of any. */
function forgetPublished(path: string): void {
  rmSync(join(path, 'checkpoint'))
  for (const name of readdirSync(`${path}.local`))
    if (name.startsWith('marker-')) rmSync(join(`${path}.local`, name))
}

t.test('a torn tail is never dropped below a published checkpoint', async (t) => {
  const path = folder(t)
  await written(path, 3)
  const whole = readFileSync(join(path, 'entries'))
  const last = whole.lastIndexOf(Buffer.from('{"commitment"')) - 2
  const { hash } = await openAndRead(path, 1)
  writeFileSync(join(path, 'mark.json'), JSON.stringify({ size: 2, bytes: last, hash }))
  writeFileSync(join(path, 'entries'), whole.subarray(0, -1))
  await t.rejects(open(path), { name: 'LogDamaged', seq: 2, message: /a checkpoint of 3 was published/ })
  t.ok(readFileSync(join(path, 'entries')).equals(whole.subarray(0, -1)), 'and nothing has changed')
})

async function openAndRead(path: string, seq: number): Promise<{ hash: string }> {
  const { log, close } = await open(path)
  const [bytes] = await log.read(seq, 1)
  await close()
  return { hash: leafHash(bytes!) }
}

t.test('a tail that was lengthened and never filled is dropped; a copy is kept', async (t) => {
  const path = folder(t)
  await written(path, 2)
  const whole = readFileSync(join(path, 'entries'))
  writeFileSync(join(path, 'entries'), Buffer.concat([whole, Buffer.alloc(5000)]))
  const { log, close, notices } = await open(path)
  t.teardown(close)
  t.equal(log.head.size, 2)
  t.match(notices, [/Dropped 5000 bytes behind entry 2 /])
  t.equal(readFileSync(join(path, `torn-${whole.length}`)).length, 5000)
})

t.test('acknowledged entries that are missing from the end are noticed', async (t) => {
  const path = folder(t)
  await written(path, 5)
  const whole = readFileSync(join(path, 'entries'))
  const last = whole.lastIndexOf(Buffer.from('{"commitment"')) - 2
  truncateSync(join(path, 'entries'), last)
  await t.rejects(open(path), { name: 'LogDamaged', seq: 4, message: /5 entries were acknowledged/ })
})

t.test(
  'a changed byte anywhere in a log stops the start, which names the place and changes nothing',
  async (t) => {
    const path = folder(t)
    await written(path, 4)
    const whole = readFileSync(join(path, 'entries'))
    const second = whole.indexOf(Buffer.from('{"commitment"'), 10) - 2
    for (let at = 0; at < whole.length; at += 11) {
      const changed = Buffer.from(whole)
      changed[at]! ^= 0x01
      writeFileSync(join(path, 'entries'), changed)
      await t.rejects(open(path), LogDamaged, `byte ${at}`)
      t.ok(readFileSync(join(path, 'entries')).equals(changed))
    }
    const changed = Buffer.from(whole)
    changed[second + 30]! ^= 0x01
    writeFileSync(join(path, 'entries'), changed)
    await t.rejects(open(path), /The log is damaged at entry [12], byte \d+/)
  },
)

t.test('without its mark a log opens with a warning, and damage in it is still refused', async (t) => {
  const path = folder(t)
  await written(path, 4)
  rmSync(join(path, 'mark.json'))
  const { close, notices, log } = await open(path)
  t.match(notices, [/mark\.json is missing/])
  t.equal(log.head.size, 4)
  await close()
  rmSync(join(path, 'mark.json'))
  const whole = readFileSync(join(path, 'entries'))
  whole[100]! ^= 0x01
  writeFileSync(join(path, 'entries'), whole)
  await t.rejects(open(path), LogDamaged)
})

t.test('a log whose name is gone is not begun anew', async (t) => {
  const path = folder(t)
  await written(path, 1)
  rmSync(join(path, 'log.json'))
  await t.rejects(open(path), /log.json is gone/)
})

t.test('one process has a log open at a time', async (t) => {
  const path = folder(t)
  const { close } = await open(path)
  await t.rejects(open(path), { name: 'LockHeld' })
  await close()
  await (await open(path)).close()
  t.same(readdirSync(path).sort(), ['entries', 'instance', 'keys', 'lock', 'log.json', 'mark.json'])
})

t.test('verify reads the whole file again and names what does not fit', async (t) => {
  const path = folder(t)
  const { log, close } = await open(path)
  t.teardown(close)
  await Promise.all(entries(5000).map((it) => log.append(it)))
  const { head, bytes } = { head: log.head, bytes: log.bytes }
  t.match(await verifyLog(log.file, head, bytes), { ok: true, entries: 5000, head: head.hash, problem: null })
  const disk = readFileSync(join(path, 'entries'))
  const third = disk.indexOf(Buffer.from('"seq":2,'))
  writeFileSync(
    join(path, 'entries'),
    Buffer.concat([disk.subarray(0, third), Buffer.from('"seq":3,'), disk.subarray(third + 8)]),
  )
  t.match(await verifyLog(log.file, head, bytes), {
    ok: false,
    entries: 2,
    problem: { seq: 2, what: /calls itself number 3/ },
  })
  writeFileSync(join(path, 'entries'), disk)
  t.match(await verifyLog(log.file, { ...head, hash: 'f'.repeat(64) }, bytes), { ok: false })
})

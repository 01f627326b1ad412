import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { diskProblem } from '../../src/intake/disk.ts'
import { judge } from '../../src/intake/verdict.ts'
import { openBox, owner } from './box.ts'

const limit = 4 * 1024 * 1024

/** A file system of a few megabytes; null where this process may not mount one. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${limit}`, 'tmpfs', folder], {
    stdio: 'ignore',
  })
  if (status === 0) return folder
  rmSync(folder, { recursive: true })
  return null
}

async function* bytes(size: number) {
  yield Buffer.alloc(size, 'a ')
}

const disk = smallDisk()
const noDisk = disk === null && 'no small disk can be mounted here'
t.teardown(() => {
  if (disk === null) return
  spawnSync('umount', [disk])
  rmSync(disk, { recursive: true, force: true })
})

t.test(
  'a full disk pauses reading, loses nothing, and reading goes on by itself',
  { skip: noDisk },
  async (t) => {
    // The data folder lies on the small disk, the drop folder does not.
    const drop = mkdtempSync(join(tmpdir(), 'tanbox-drop-'))
    t.teardown(() => rmSync(drop, { recursive: true }))
    const settings = { folder: drop, diskRestMs: 100 }
    const box = await openBox(t, { data: join(disk ?? '', 'data'), settings })
    await box.intake.upload(bytes(1000), 'kept.txt')
    await box.until(() => box.rows()['kept.txt']?.state === 'ready')
    const ballast = join(disk ?? '', 'ballast')
    writeFileSync(ballast, Buffer.alloc(leftOn(disk ?? '') - 20 * 1024))

    await t.rejects(box.intake.upload(bytes(100_000), 'late.txt'), { code: 'disk-full' })
    writeFileSync(join(drop, 'large.txt'), 'word '.repeat(20_000))
    await box.until(() => box.intake.now().paused?.code === 'disk-full')
    const kept = box.rows()['kept.txt']
    t.equal(kept?.state, 'ready')
    t.equal(box.store.passages.ofSource(owner, kept?.id ?? '').length > 0, true)

    rmSync(ballast)
    await box.until(() => box.rows()['large.txt']?.state === 'ready' && box.intake.now().paused === null)
    t.equal(box.intake.now().failed, 0)
    await box.intake.upload(bytes(100_000), 'late.txt')
    await box.until(() => box.rows()['late.txt']?.state === 'ready')
  },
)

function leftOn(disk: string): number {
  const { stdout } = spawnSync('df', ['--output=avail', '-B1', disk], { encoding: 'utf8' })
  return Number(stdout.split('\n')[1])
}

t.test('what is wrong with the disk is told from what is wrong with a file', (t) => {
  const failure = (code: string) => Object.assign(new Error(code), { code })
  t.match(diskProblem(failure('ENOSPC')), { code: 'disk-full' })
  t.match(diskProblem(failure('SQLITE_FULL')), { code: 'disk-full' })
  t.match(diskProblem(failure('EROFS')), { code: 'disk-failing' })
  t.match(diskProblem(failure('SQLITE_IOERR_WRITE')), { code: 'disk-failing' })
  t.equal(diskProblem(failure('ENOENT')), null)
  t.equal(diskProblem(new Error('x')), null)
  t.match(judge(failure('ENOSPC'), 0), { kind: 'stopped' })
  t.match(judge(new Error('x'), 0), { kind: 'later' })
  t.match(judge(new Error('x'), 4), { kind: 'failed', reason: { code: 'internal' } })
  t.end()
})

t.test('a box whose stored originals were lost says which, and goes on', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-again-'))
  mkdirSync(join(data, 'drop'))
  const first = await openBox(t, { data })
  await first.intake.upload(bytes(100), 'a.txt')
  await first.until(() => first.rows()['a.txt']?.state === 'ready')
  await first.close()
  rmSync(join(data, 'blobs'), { recursive: true })
  const second = await openBox(t, { data })
  t.match(second.log.join(), /is missing/)
  t.same(second.texts('a.txt').length > 0, true, 'what was read stays searchable')
  await second.intake.retry(owner, second.rows()['a.txt']!.id)
  await second.until(() => second.rows()['a.txt']?.state === 'failed')
  t.equal(second.rows()['a.txt']?.reason?.code, 'original-missing')
})

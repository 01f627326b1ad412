import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { diskContract } from '../contracts/disk.ts'

async function make(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-disk-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return { disk: fileDisk, folder }
}

diskContract(t, 'the disk of the machine', make)

t.test('files and folders are for their owner alone', async (t) => {
  const { disk, folder } = await make(t)
  await disk.makeFolder(join(folder, 'x', 'y'))
  await (await disk.open(join(folder, 'x', 'y', 'a'))).close()
  t.equal(statSync(join(folder, 'x', 'y', 'a')).mode & 0o777, 0o600)
  t.equal(statSync(join(folder, 'x', 'y')).mode & 0o777, 0o700)
  t.equal(statSync(join(folder, 'x')).mode & 0o777, 0o700)
})

t.test('what is no file is an error, and nothing that is waited for', async (t) => {
  const { disk, folder } = await make(t)
  execFileSync('mkfifo', [join(folder, 'pipe')])
  await t.rejects(disk.read(join(folder, 'pipe'), 10), { message: /pipe is no file/ })
  await disk.makeFolder(join(folder, 'x'))
  await t.rejects(disk.read(join(folder, 'x'), 10), { message: /x is no file/ })
})

t.test('a folder that the system will not have is an error, and not tried for ever', async (t) => {
  const { disk, folder } = await make(t)
  await t.rejects(disk.makeFolder('/proc/tanbox/x/y'), { code: 'ENOENT', path: '/proc/tanbox' })
  await (await disk.open(join(folder, 'file'))).close()
  await t.rejects(disk.makeFolder(join(folder, 'file', 'x')), { code: 'ENOTDIR' })
  await t.rejects(disk.makeFolder(join(folder, 'file')), { code: 'EEXIST' })
  await Promise.all([1, 2, 3].map((at) => disk.makeFolder(join(folder, 'a/b/c/d', `${at}`))))
  await disk.makeFolder(join(folder, 'a/b'))
  t.same(await disk.list(join(folder, 'a/b/c/d')), ['1', '2', '3'], 'by several at a time')
  await disk.makeFolder('/')
})

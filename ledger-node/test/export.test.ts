import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exportLog } from '../src/export.ts'
import type { OwnLog } from '../src/log/own-log.ts'
import { formatVerifierKey } from '../src/note/key.ts'
import { tilePath, tilesOf } from '../src/tree/tiles.ts'
import { verifyLogAt } from '../src/verify/verify-log-at.ts'
import { appendSome, TestBox } from './log/box.ts'
import { madeEntries, signedCheckpoint, testLogKey, writeStaticLog } from './support/static-log.ts'

function targetOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-export-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function published(log: OwnLog, size: number): Promise<void> {
  while ((log.published?.size ?? 0) < size)
    await new Promise((resolve) => log.onPublished(() => resolve(null)))
}

t.test('a node that runs is exported as it is, and again when it has grown', async (t) => {
  const box = new TestBox(t)
  const target = targetOf(t)
  await box.with(async (log) => {
    await appendSome(log, 700)
    await published(log, 700)
    // Not published, and so not exported.
    const first = await exportLog(box.data, target)
    t.match(first, { origin: log.origin, size: 700, kept: 0, report: { ok: true, entries: 700 } })
    t.equal(readFileSync(join(target, 'log.vkey'), 'utf8'), `${formatVerifierKey(log.key)}\n`)
    for (const id of tilesOf(700)) {
      t.same(readFileSync(join(target, tilePath(id))), await log.tree.tile(id), tilePath(id))
    }
    await appendSome(log, 15_000)
    await published(log, 15_700)
    const second = await exportLog(box.data, target)
    t.match(second, { size: 15_700, kept: 4, report: { ok: true } })
    t.notOk(existsSync(join(target, 'tile/0/002.p')), 'the partial tile gave way to the full one')
    t.match(await exportLog(box.data, target), { kept: second.kept + second.written - 2, written: 2 })
  })
})

t.test('an export goes on where it was broken off, and mends what is wrong in it', async (t) => {
  const source = targetOf(t)
  const entries = madeEntries(3000)
  writeStaticLog(source, entries, signedCheckpoint(entries))
  const target = targetOf(t)
  const stop = new AbortController()
  const broken = exportLog(source, target, {
    key: testLogKey,
    signal: stop.signal,
    progress: (files) => files >= 10 && stop.abort(),
  })
  await t.rejects(broken)
  t.notOk(existsSync(join(target, 'checkpoint')))
  const done = await exportLog(source, target, { key: testLogKey })
  t.ok(done.kept > 0)
  appendFileSync(join(target, 'tile/entries/003'), 'x')
  const bytes = readFileSync(join(target, 'tile/0/005'))
  bytes[77]! ^= 1
  writeFileSync(join(target, 'tile/0/005'), bytes)
  writeFileSync(join(target, 'tile/entries/011.p/184'), '')
  t.match(await exportLog(source, target, { key: testLogKey }), { report: { ok: true } })
  t.match(await verifyLogAt(target, { key: testLogKey, workers: 0 }), { ok: true })
})

t.test('what comes wrong is refused, with the place', async (t) => {
  const source = targetOf(t)
  const entries = madeEntries(600)
  writeStaticLog(source, entries, signedCheckpoint(entries))
  await t.rejects(exportLog(source, targetOf(t)), /key/)
  writeFileSync(join(source, 'tile/entries/001'), 'nonsense')
  await t.rejects(exportLog(source, targetOf(t), { key: testLogKey }), /tile\/entries\/001/)
  rmSync(join(source, 'tile/entries/001'))
  await t.rejects(exportLog(source, targetOf(t), { key: testLogKey }), /tile\/entries\/001: it is missing/)
})

t.test('a log that has grown past its checkpoint meanwhile is exported as that says', async (t) => {
  const source = targetOf(t)
  const entries = madeEntries(1024)
  writeStaticLog(source, entries, signedCheckpoint(entries))
  // Only the partial tile of level 1 has to be there still: its full one is far.
  writeStaticLog(source, entries.slice(0, 1000), signedCheckpoint(entries.slice(0, 1000)))
  for (const path of ['tile/0/003.p', 'tile/entries/003.p']) rmSync(join(source, path), { recursive: true })
  const target = targetOf(t)
  t.match(await exportLog(source, target, { key: testLogKey }), { size: 1000, report: { ok: true } })
  t.ok(existsSync(join(target, 'tile/entries/003.p/232')))
})

t.test('a folder holds one log, and never goes back', async (t) => {
  const target = targetOf(t)
  const source = targetOf(t)
  const entries = madeEntries(600)
  writeStaticLog(source, entries, signedCheckpoint(entries))
  await exportLog(source, target, { key: testLogKey })
  writeStaticLog(source, entries.slice(0, 500), signedCheckpoint(entries.slice(0, 500)))
  await t.rejects(exportLog(source, target, { key: testLogKey }), /later checkpoint/)
  const box = new TestBox(t)
  await box.with(async (log) => {
    await appendSome(log, 1)
    await published(log, 1)
  })
  await t.rejects(exportLog(box.data, target), /another log/)
})

t.test('a log is exported from a URL', async (t) => {
  const source = targetOf(t)
  const entries = madeEntries(600)
  writeStaticLog(source, entries, signedCheckpoint(entries))
  const server = createServer((request, response) => {
    const path = join(source, request.url!)
    if (existsSync(path)) response.end(readFileSync(path))
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  t.match(await exportLog(url, targetOf(t), { key: testLogKey }), { size: 600, report: { ok: true } })
})

t.test(
  'pipes in the place of files, in a folder from elsewhere, are refused and not waited for',
  async (t) => {
    const box = new TestBox(t)
    await box.with(async (log) => {
      await appendSome(log, 300)
      await published(log, 300)
    })
    for (const name of ['keys/log.key', 'checkpoint', 'entries', 'hashes-0']) {
      const folder = targetOf(t)
      cpSync(box.data, folder, { recursive: true })
      rmSync(join(folder, name))
      execFileSync('mkfifo', [join(folder, name)])
      await t.rejects(exportLog(folder, targetOf(t)), { message: /is no file/ }, name)
    }
    const vkey = targetOf(t)
    execFileSync('mkfifo', [join(vkey, 'log.vkey')])
    await t.rejects(exportLog(vkey, targetOf(t)), { message: /is no file/ })
  },
)

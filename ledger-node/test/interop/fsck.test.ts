import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { exportLog } from '../../src/export.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { madeEntries, signedCheckpoint, testLogKey, writeStaticLog } from '../support/static-log.ts'
import { runFsck } from './fsck.ts'
import { fsck, goTools } from './go-tools.ts'
import { serveBox } from './served-box.ts'

t.setTimeout(900_000)
const { paths, missing } = await goTools(fsck)

/** Serves a folder; files that `change` has other bytes for are served with those. */
async function serveFolder(t: Test, folder: string, change: Record<string, Buffer> = {}): Promise<string> {
  const server = createServer(async (request, response) => {
    const path = request.url!.slice(1)
    const bytes = change[path] ?? (await readFile(join(folder, path)).catch(() => null))
    response.writeHead(bytes ? 200 : 404).end(bytes)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('fsck fails logs that are broken, as far as we can read its words', { skip: missing }, async (t) => {
  const folder = t.testdir()
  const entries = madeEntries(600)
  writeStaticLog(folder, entries, signedCheckpoint(entries))
  const whole = await runFsck(paths![0]!, await serveFolder(t, folder), testLogKey)
  t.match(whole.passed, { size: 600 }, whole.said)
  const other = Buffer.from(signedCheckpoint(madeEntries(601)))
  for (const [path, bytes] of [
    ['checkpoint', other],
    ['tile/0/001', Buffer.alloc(8192)],
    ['tile/1/000.p/2', Buffer.alloc(64)],
    ['tile/entries/000', await readFile(join(folder, 'tile/entries/001'))],
  ] as const) {
    const broken = await runFsck(
      paths![0]!,
      await serveFolder(t, folder, { [path]: bytes }),
      testLogKey,
      4000,
    )
    t.equal(broken.passed, null, `another ${path}`)
  }
})

t.test('a log served by our node passes', { skip: missing }, async (t) => {
  const { log, logUrl, grow } = await serveBox(t)
  for (const count of [1, 254, 1, 1, 255, 700, 66_000]) {
    await grow(count)
    const { passed, said } = await runFsck(paths![0]!, logUrl, log.key)
    t.match(passed, { size: log.head.size }, said)
  }
})

t.test(
  'so does the copy that another box serves of it, and what is exported',
  { skip: missing },
  async (t) => {
    const box = await serveBox(t)
    const other = await serveBox(t)
    const target = join(t.testdir(), 'exported')
    await box.grow(300)
    await other.follow(box.card())
    for (const count of [0, 700]) {
      await box.grow(count)
      await other.follow(box.card())
      const size = box.log.head.size
      const mirror = `${other.url}/mirror/${originHash(box.log.origin)}`
      const copied = await runFsck(paths![0]!, mirror, box.log.key)
      t.match(copied.passed, { size }, copied.said)
      await exportLog(box.logUrl, target, { key: box.log.key })
      const exported = await runFsck(paths![0]!, pathToFileURL(target).href, box.log.key)
      t.match(exported.passed, { size }, exported.said)
    }
  },
)

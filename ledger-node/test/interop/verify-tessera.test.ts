import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { exportLog } from '../../src/export.ts'
import { formatSignerKey, logKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import { verifyLogAt } from '../../src/verify/verify-log-at.ts'
import { goTools, posixLog, runToEnd } from './go-tools.ts'

t.setTimeout(900_000)
const { paths, missing } = await goTools(posixLog)

t.test('a Tessera log is verified and exported as anybody’s', { skip: missing }, async (t) => {
  const folder = t.testdir()
  const signer = makeSignerKey('log.example/tessera', logKeyType, randomBytes(32))
  const key = verifierOf(signer)
  const log = join(folder, 'log')
  await writeFile(join(folder, 'log.key'), formatSignerKey(signer))
  const flags = ['-folder', log, '-key', join(folder, 'log.key'), '-add', '700', '-limit', '60s']
  const ended = await runToEnd(paths![0]!, flags, 90_000)
  t.equal(ended.status, 0, ended.stderr)
  t.match(await verifyLogAt(log, { key, any: true }), { ok: true, size: 700, entries: 700 })
  t.match(await verifyLogAt(log, { key }), { ok: false, problem: { entry: 0 } }, 'its entries are not ours')
  const copied = await exportLog(log, join(folder, 'copy'), { key, any: true })
  t.match(copied, { size: 700, report: { ok: true } })

  // Some auditors read 256 entries and overlook what follows them.
  const bundle = join(log, 'tile/entries/001')
  const good = readFileSync(bundle)
  appendFileSync(bundle, Buffer.from('\0\x05extra', 'latin1'))
  t.match(await verifyLogAt(log, { key, any: true }), {
    ok: false,
    problem: { where: 'tile/entries/001', why: /follow its 256 entries/ },
  })
  writeFileSync(bundle, good)
  t.match(await verifyLogAt(log, { key, any: true }), { ok: true })
})

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { openSqliteAccounts } from '../../src/accounts/sqlite.ts'
import { connectedBox, newBox, progressOf, unlimited } from '../contracts/accounts/given.ts'
import { type AccountsUnderTest, accountsContract } from '../contracts/accounts.ts'

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-accounts-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

async function open(t: Test, { leaseMs = 30_000 } = {}): Promise<AccountsUnderTest> {
  const path = join(folderOf(t), 'gateway.db')
  let now = Date.UTC(2027, 0, 1, 10)
  const settings = { path, leaseMs, now: () => now }
  const accounts = await openSqliteAccounts(settings)
  t.teardown(() => accounts.close())
  return {
    accounts,
    async again() {
      const other = await openSqliteAccounts({ ...settings, lock: false })
      t.teardown(() => other.close())
      return other
    },
    clock: {
      leaseMs,
      now: () => now,
      async set(at) {
        now = at
      },
    },
  }
}

t.test('SQLite keeps the contract', (t) => accountsContract(t, open))

t.test('one gateway a file; the command line may look and change things meanwhile', async (t) => {
  const path = join(folderOf(t), 'deep', 'gateway.db')
  const gateway = await openSqliteAccounts({ path })
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
  await t.rejects(openSqliteAccounts({ path }), { name: 'AccountsAway', message: /another gateway/ })
  const command = await openSqliteAccounts({ path, lock: false })
  const box = newBox()
  await command.enrol({ ...box, label: '', quota: unlimited })
  t.match(await gateway.find(box.box), { key: box.key })
  await gateway.close()
  const next = await openSqliteAccounts({ path })
  t.match(await next.find(box.box), { key: box.key })
  await Promise.all([next.close(), command.close()])
})

t.test('a gateway that has the file knows at once that the one before is dead', async (t) => {
  const path = join(folderOf(t), 'gateway.db')
  const first = await openSqliteAccounts({ path })
  const { question } = await connectedBox(first)
  const asked = question()
  await first.reserve(asked)
  await first.close()
  const next = await openSqliteAccounts({ path })
  t.teardown(() => next.close())
  t.equal(await next.settleDead(), 1)
  t.match(await next.usage({}), [{ answers: 1, estimatedTokens: 100 }])
})

t.test('a call that fails does not hurt those that share its transaction', async (t) => {
  const { accounts } = await open(t)
  const { question } = await connectedBox(accounts)
  const asked = question({ process: 'p-half' })
  await accounts.reserve(asked)
  await accounts.leave('p-half')
  const box = newBox()
  const all = await Promise.allSettled([
    accounts.enrol({ ...box, label: '', quota: unlimited }),
    accounts.connect('box-nobody', 'p1'),
    accounts.createCode({ code: 'A', label: '', quota: unlimited, expiresAt: 1 }),
    accounts.createCode({ code: 'A', label: '', quota: unlimited, expiresAt: 1 }),
    // The lease has been renewed when SQLite refuses what is no integer.
    accounts.beat('p-half', [progressOf(asked, 0.5)]),
    accounts.connect(box.box, 'p1'),
  ])
  t.same(
    all.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  t.match(all[3], { reason: { name: 'AccountsAway' } })
  t.match(await accounts.find(box.box), { box: box.box })
  t.equal(await accounts.settleDead(), 1, 'and of the failed one nothing stays')
})

t.test('calls that come together are written together', async (t) => {
  const path = join(folderOf(t), 'gateway.db')
  const accounts = await openSqliteAccounts({ path })
  t.teardown(() => accounts.close())
  const { box } = await connectedBox(accounts)
  // Each transaction puts the pages that it changed into the log, again and again.
  const logged = () => statSync(`${path}-wal`).size
  const before = logged()
  for (let at = 0; at < 20; at++) await accounts.connect(box, 'p1')
  const alone = (logged() - before) / 20
  const all = await Promise.all(Array.from({ length: 200 }, () => accounts.connect(box, 'p1')))
  const together = logged() - before - 20 * alone
  t.equal(new Set(all).size, 200)
  t.ok(together <= 3 * alone, `${together} bytes for 200 calls, ${alone} for one alone`)
})

t.test('what was called before closing is done, and afterwards nothing is', async (t) => {
  const path = join(folderOf(t), 'gateway.db')
  const accounts = await openSqliteAccounts({ path })
  const boxes = Array.from({ length: 700 }, newBox)
  const all = Promise.all(boxes.map((box) => accounts.enrol({ ...box, label: '', quota: unlimited })))
  await accounts.close()
  await all
  await t.rejects(accounts.list(), { name: 'AccountsAway' })
  await accounts.close()
  const next = await openSqliteAccounts({ path })
  t.equal((await next.list()).length, 700)
  await next.close()
})

t.test('a file that is no database, damaged, or of a newer version is refused', async (t) => {
  const folder = folderOf(t)
  const path = join(folder, 'gateway.db')
  writeFileSync(path, 'this is not a database, and long enough to be told so by its first bytes'.repeat(20))
  await t.rejects(openSqliteAccounts({ path }), { name: 'AccountsAway', message: /not a database/ })
  const newer = join(folder, 'newer.db')
  const database = new Sqlite(newer)
  database.pragma('user_version = 99')
  database.close()
  await t.rejects(openSqliteAccounts({ path: newer }), { message: /newer version/ })
})

t.test('a code is nowhere in the file', async (t) => {
  const path = join(folderOf(t), 'gateway.db')
  const accounts = await openSqliteAccounts({ path })
  const code = 'ABCDE-FGHJK-MNPQR-STVWX'
  await accounts.createCode({ code, label: 'L', quota: unlimited, expiresAt: Date.now() + 1000 })
  await accounts.close()
  const bytes = readFileSync(path)
  t.notOk(bytes.includes(code))
  t.notOk(bytes.includes(code.replaceAll('-', '')))
})

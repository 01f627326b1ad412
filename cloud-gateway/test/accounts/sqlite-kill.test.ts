import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { openSqliteAccounts } from '../../src/accounts/sqlite.ts'
import { connectedBox } from '../contracts/accounts/given.ts'
import { type Acknowledged, checkCounted, workAndKill } from './killed.ts'

t.test('killed again and again in mid-work, it keeps what it acknowledged and counts it once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-killed-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'gateway.db')
  const first = await openSqliteAccounts({ path })
  const { box, generation } = await connectedBox(first)
  await first.close()
  const all: Acknowledged[] = []
  for (let round = 0; round < 6; round++) {
    all.push(await workAndKill(['sqlite', path, box, generation, `p${round}`], 20 + round * 31))
    const accounts = await openSqliteAccounts({ path })
    t.ok((await accounts.settleDead()) <= 8, 'what was in work when it died')
    await checkCounted(t, accounts, all)
    await accounts.close()
  }
  const database = new Sqlite(path, { readonly: true })
  t.teardown(() => database.close())
  const sum = (sql: string) => database.prepare<[], number>(sql).pluck().get()
  const used = sum('SELECT sum(prompt_tokens + completion_tokens) FROM usage')
  t.equal(sum('SELECT sum(tokens) FROM spent WHERE length = 86400000'), used, 'and nothing stays reserved')
})

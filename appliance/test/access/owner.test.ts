import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { publishClaimCode, withdrawClaimCode } from '../../src/access/claim-file.ts'
import { createOwner } from '../../src/access/owner.ts'
import { assertScope, scopeOf } from '../../src/access/scope.ts'
import { newClaimCode, newToken } from '../../src/access/secret.ts'
import type { Scope } from '../../src/model.ts'
import { openDatabase } from '../../src/store/open.ts'
import { createSessions } from '../../src/store/sessions.ts'

const openBox = (t: Test, data = mkdtempSync(join(tmpdir(), 'tanbox-owner-'))) => {
  let now = new Date('2026-11-01T00:00:00Z')
  const database = openDatabase(join(data, 'tanbox.db'))
  const commandLineToken = newToken()
  const owner = createOwner(
    createSessions(database, () => now),
    { commandLineToken, now: () => now },
  )
  t.teardown(() => {
    database.close()
    rmSync(data, { recursive: true, force: true })
  })
  return {
    owner,
    data,
    commandLineToken,
    pass: (days: number) => (now = new Date(now.getTime() + days * 864e5)),
  }
}

t.test('the code claims the box once, however it is typed', async (t) => {
  const { owner } = openBox(t)
  const code = owner.claimCode ?? ''
  t.match(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  const token = await owner.claim(` ${code.toLowerCase().replaceAll('-', ' ')} `, '一个够长的密码吧')
  t.same(owner.session(token), { kind: 'owner', via: 'session' })
  t.equal(owner.claimCode, null)
  await t.rejects(owner.claim(code, 'another password'), { code: 'already-claimed' })
})

t.test('a wrong code and a weak password leave the box unclaimed', async (t) => {
  const { owner } = openBox(t)
  await t.rejects(owner.claim(newClaimCode(), 'long enough'), { code: 'claim-code-wrong' })
  await t.rejects(owner.claim(owner.claimCode ?? '', 'short'), { code: 'password-weak' })
  t.equal(owner.claimed, false)
})

t.test('two claims at the same moment: one wins', async (t) => {
  const { owner } = openBox(t)
  const code = owner.claimCode ?? ''
  const outcomes = await Promise.allSettled([
    owner.claim(code, 'password one'),
    owner.claim(code, 'password two'),
  ])
  t.same(outcomes.map((outcome) => outcome.status).sort(), ['fulfilled', 'rejected'])
})

t.test('the password signs in after a restart, a wrong one does not', async (t) => {
  const { owner, data } = openBox(t)
  await owner.claim(owner.claimCode ?? '', 'correct horse')
  const again = openBox(t, data).owner
  t.equal(again.claimed, true)
  await t.rejects(again.signIn('wrong horse'), { code: 'password-wrong' })
  t.ok(again.session(await again.signIn('correct horse')))
})

t.test('a session ends when it is signed out or 30 days old', async (t) => {
  const { owner, pass } = openBox(t)
  const first = await owner.claim(owner.claimCode ?? '', 'correct horse')
  const second = await owner.signIn('correct horse')
  owner.signOut(first)
  t.equal(owner.session(first), null)
  pass(29)
  t.ok(owner.session(second))
  pass(2)
  t.equal(owner.session(second), null)
})

t.test('only the one command-line token is taken', async (t) => {
  const { owner, commandLineToken } = openBox(t)
  t.same(owner.commandLine(commandLineToken), { kind: 'owner', via: 'token' })
  t.equal(owner.commandLine(newToken()), null)
  t.equal(owner.commandLine(''), null)
})

t.test('a scope that access did not make is refused', async (t) => {
  t.doesNotThrow(() => assertScope(scopeOf({ kind: 'owner', via: 'token' })))
  const forged = { principal: 'owner', spaces: ['home'] } as unknown as Scope
  t.throws(() => assertScope(forged), { code: 'not-signed-in' })
})

t.test('the claim code waits in a file of its owner alone, whole or not at all', async (t) => {
  const { data } = openBox(t)
  await publishClaimCode(data, 'AAAA-BBBB-CCCC')
  await publishClaimCode(data, 'DDDD-EEEE-FFFF')
  const file = join(data, 'claim-code')
  t.equal(readFileSync(file, 'utf8'), 'DDDD-EEEE-FFFF\n')
  t.equal(statSync(file).mode & 0o777, 0o600)
  await withdrawClaimCode(data)
  await withdrawClaimCode(data)
  t.notOk(existsSync(file))
})

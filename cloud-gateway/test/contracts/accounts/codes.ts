import type { Test } from 'tap'
import { newEnrolmentCode } from '../../../src/accounts/enrolment-code.ts'
import type { OpenAccounts } from '../accounts.ts'
import { newBox, newKey } from './given.ts'

const quota = { tokensPerMinute: 20_000, tokensPerDay: 300_000, streams: 3 }
const hour = 3_600_000

export async function codeContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test('a code lets one box in, with its label and quota', async (t) => {
    const { accounts, again, clock } = await open(t)
    const code = newEnrolmentCode()
    await (await again()).createCode({ code, label: '二号', quota, expiresAt: clock.now() + hour })
    const box = newBox()
    await t.rejects(accounts.register(newEnrolmentCode(), box), {
      name: 'EnrolmentError',
      code: 'code-unknown',
    })
    const account = await accounts.register(code, box)
    t.match(account, { box: box.box, key: box.key, label: '二号', quota, revokedAt: null })
    await t.rejects(accounts.register(code, newBox()), { code: 'code-used' })
    await t.rejects(accounts.register(code, { ...newKey(), box: box.box }), { code: 'code-used' })
    t.equal((await accounts.list()).length, 1)
  })

  await t.test(
    'the same key gets the same answer while the code lives: the first may have been lost',
    async (t) => {
      const { accounts, clock } = await open(t)
      const code = newEnrolmentCode()
      await accounts.createCode({ code, label: '', quota, expiresAt: clock.now() + hour })
      const box = newBox()
      const first = await accounts.register(code, box)
      await clock.set(clock.now() + hour - 1)
      t.same(await accounts.register(code, box), first)
      await clock.set(clock.now() + 1)
      await t.rejects(accounts.register(code, box), { code: 'code-expired' })
      t.same(await accounts.find(box.box), first, 'the box stays enrolled')
    },
  )

  await t.test('small letters, missing hyphens, O for 0 and l for 1 mean the same code', async (t) => {
    const { accounts, clock } = await open(t)
    const code = '0123A-BCDEF-GH1JK-MNPQ0'
    await accounts.createCode({ code, label: '', quota, expiresAt: clock.now() + hour })
    const box = newBox()
    await accounts.register(code, box)
    await t.resolves(accounts.register(' o123abcdefghljk mnpqO ', box))
    await t.rejects(accounts.register('0123A-BCDEF-GH1JK-MNPQ1', box), { code: 'code-unknown' })
  })

  await t.test('an expired code lets nobody in, and is forgotten some day', async (t) => {
    const { accounts, clock } = await open(t, { leaseMs: 30 * 24 * hour })
    const code = newEnrolmentCode()
    await accounts.createCode({ code, label: '', quota, expiresAt: clock.now() + hour })
    await clock.set(clock.now() + hour)
    await t.rejects(accounts.register(code, newBox()), { code: 'code-expired' })
    await accounts.prune()
    await t.rejects(accounts.register(code, newBox()), { code: 'code-expired' })
    await clock.set(clock.now() + 30 * 24 * hour)
    await accounts.prune()
    await t.rejects(accounts.register(code, newBox()), { code: 'code-unknown' })
  })

  await t.test('a code that was refused to a box is not spent', async (t) => {
    const { accounts, clock } = await open(t)
    const code = newEnrolmentCode()
    await accounts.createCode({ code, label: '', quota, expiresAt: clock.now() + hour })
    const [revoked, taken, weak] = [newBox(), newBox(), newBox()]
    await accounts.enrol({ ...revoked, label: '', quota })
    await accounts.revoke(revoked.box)
    await accounts.enrol({ ...taken, label: '', quota })
    await t.rejects(accounts.register(code, revoked), { code: 'box-revoked' })
    await t.rejects(accounts.register(code, { ...newKey(), box: taken.box }), { code: 'box-taken' })
    await t.rejects(accounts.register(code, { ...weak, publicKey: new Uint8Array(32) }), {
      code: 'key-refused',
    })
    await t.resolves(accounts.register(code, newBox()))
  })

  await t.test('a box that is in already takes label and quota of a new code', async (t) => {
    const { accounts, clock } = await open(t)
    const box = newBox()
    await accounts.enrol({ ...box, label: 'old', quota: { ...quota, streams: 1 } })
    const { cursor } = await accounts.changes(0)
    const code = newEnrolmentCode()
    await accounts.createCode({ code, label: 'new', quota, expiresAt: clock.now() + hour })
    t.match(await accounts.register(code, box), { key: box.key, label: 'new', quota })
    t.match((await accounts.changes(cursor)).boxes, [{ box: box.box, quota }], 'running gateways hear of it')
  })

  await t.test('a box that was revoked after it had come in does not come back with its code', async (t) => {
    const { accounts, clock } = await open(t)
    const code = newEnrolmentCode()
    await accounts.createCode({ code, label: '', quota, expiresAt: clock.now() + hour })
    const box = newBox()
    await accounts.register(code, box)
    await accounts.revoke(box.box)
    await t.rejects(accounts.register(code, box), { code: 'box-revoked' })
  })

  await t.test('of many boxes at once one gets the code', async (t) => {
    const { accounts, again, clock } = await open(t)
    const both = [accounts, await again()]
    const code = newEnrolmentCode()
    await accounts.createCode({ code, label: '', quota, expiresAt: clock.now() + hour })
    const boxes = Array.from({ length: 20 }, newBox)
    const tries = await Promise.allSettled(boxes.map((box, at) => both[at % 2]!.register(code, box)))
    const refused = tries.filter((one) => one.status === 'rejected')
    t.equal(refused.length, 19)
    t.ok(refused.every(({ reason }) => reason.code === 'code-used'))
    t.equal((await accounts.list()).length, 1)
  })

  await t.test(
    'one box that asks many times at once comes in once, each time with the same answer',
    async (t) => {
      const { accounts, again, clock } = await open(t)
      const both = [accounts, await again()]
      const code = newEnrolmentCode()
      await accounts.createCode({ code, label: '', quota, expiresAt: clock.now() + hour })
      const box = newBox()
      const all = await Promise.all(Array.from({ length: 10 }, (_, at) => both[at % 2]!.register(code, box)))
      for (const account of all) t.same(account, all[0])
    },
  )
}

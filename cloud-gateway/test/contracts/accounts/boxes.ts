import type { Test } from 'tap'
import type { OpenAccounts } from '../accounts.ts'
import { newBox, newKey, unlimited } from './given.ts'

export async function boxContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test('enrolling is idempotent, one key per box, and revoking is for good', async (t) => {
    const { accounts } = await open(t)
    const box = newBox()
    t.equal(await accounts.find(box.box), null)
    const made = await accounts.enrol({ ...box, label: '一号', quota: unlimited })
    t.match(made, { box: box.box, key: box.key, label: '一号', revokedAt: null, quota: unlimited })
    t.same(Buffer.from(made.publicKey), Buffer.from(box.publicKey))
    t.same(await accounts.enrol({ ...box, label: 'again', quota: { ...unlimited, streams: 1 } }), made)
    t.same(await accounts.find(box.box), made)
    await t.rejects(accounts.enrol({ ...newKey(), box: box.box, label: '', quota: unlimited }), {
      name: 'EnrolmentError',
      code: 'box-taken',
    })
    t.equal(await accounts.revoke(box.box), true)
    const revoked = await accounts.find(box.box)
    t.type(revoked?.revokedAt, 'number')
    await t.rejects(accounts.enrol({ ...box, label: '', quota: unlimited }), { code: 'box-revoked' })
    t.equal(await accounts.revoke(box.box), true, 'said twice')
    t.same(await accounts.find(box.box), revoked, 'the first time stays')
    t.equal(await accounts.revoke('nobody'), false)
    t.same(
      (await accounts.list()).map(({ box }) => box),
      [box.box],
    )
  })

  await t.test('weak keys and ids that could be something else are refused', async (t) => {
    const { accounts } = await open(t)
    const { publicKey } = newKey()
    await t.rejects(
      accounts.enrol({ box: 'box-weak', publicKey: new Uint8Array(32), label: '', quota: unlimited }),
      { code: 'key-refused' },
    )
    for (const box of ['../x', 'a/b', '.', '', 'a', 'A-BOX', 'box\0', 'x'.repeat(64), "x' OR '1'='1"]) {
      await t.rejects(accounts.enrol({ box, publicKey, label: '', quota: unlimited }), {
        code: 'box-malformed',
      })
      t.equal(await accounts.find(box), null)
      t.equal(await accounts.revoke(box), false)
      t.equal(await accounts.setQuota(box, unlimited), false)
      t.equal(await accounts.rotate(box, '0'.repeat(16), publicKey), false)
    }
    t.same(await accounts.list(), [])
  })

  await t.test('a label is kept as it is, up to 128 characters', async (t) => {
    const { accounts } = await open(t)
    const label = `三楼🏭'";--%`
    t.equal((await accounts.enrol({ ...newBox(), label, quota: unlimited })).label, label)
    t.equal(
      (await accounts.enrol({ ...newBox(), label: 'x'.repeat(500), quota: unlimited })).label.length,
      128,
    )
    const cut = (await accounts.enrol({ ...newBox(), label: `${'x'.repeat(127)}🏭`, quota: unlimited })).label
    t.ok(cut.isWellFormed(), 'no half of a character')
    const wild = (await accounts.enrol({ ...newBox(), label: 'a\0b\x1b[31m\n', quota: unlimited })).label
    t.equal(wild, 'a b [31m ', 'nothing that a terminal or a database would stumble over')
  })

  await t.test(
    'keys rotate from the present one only, and the same rotation may be said twice',
    async (t) => {
      const { accounts } = await open(t)
      const box = newBox()
      const [next, other] = [newKey(), newKey()]
      await accounts.enrol({ ...box, label: '', quota: unlimited })
      await t.rejects(accounts.rotate(box.box, box.key, new Uint8Array(32)), { code: 'key-refused' })
      t.equal(await accounts.rotate(box.box, next.key, other.publicKey), false, 'from a key it never had')
      t.equal(await accounts.rotate(box.box, box.key, next.publicKey), true)
      t.equal((await accounts.find(box.box))?.key, next.key)
      t.equal(await accounts.rotate(box.box, box.key, next.publicKey), true, 'the reply may have been lost')
      t.equal(
        await accounts.rotate(box.box, box.key, other.publicKey),
        false,
        'the old key has no say any more',
      )
      t.equal((await accounts.find(box.box))?.key, next.key)
      await accounts.revoke(box.box)
      t.equal(await accounts.rotate(box.box, next.key, other.publicKey), false)
      t.equal(await accounts.rotate('nobody', next.key, other.publicKey), false)
    },
  )

  await t.test('of many rotations at once one wins', async (t) => {
    const { accounts, again } = await open(t)
    const box = newBox()
    await accounts.enrol({ ...box, label: '', quota: unlimited })
    const both = [accounts, await again()]
    const keys = Array.from({ length: 10 }, newKey)
    const done = await Promise.all(keys.map((to, at) => both[at % 2]!.rotate(box.box, box.key, to.publicKey)))
    t.equal(done.filter(Boolean).length, 1)
    t.equal((await accounts.find(box.box))?.key, keys[done.indexOf(true)]?.key)
  })

  await t.test('every connection of a box has a higher generation, wherever it is', async (t) => {
    const { accounts, again } = await open(t)
    const other = await again()
    const box = newBox()
    await t.rejects(accounts.connect(box.box, 'p1'), { code: 'box-unknown' })
    await accounts.enrol({ ...box, label: '', quota: unlimited })
    const seen: number[] = []
    for (let round = 0; round < 5; round++)
      seen.push(await accounts.connect(box.box, 'p1'), await other.connect(box.box, 'p2'))
    t.same(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const storm = await Promise.all(
      Array.from({ length: 60 }, (_, at) => [accounts, other][at % 2]!.connect(box.box, `p${at % 2}`)),
    )
    t.equal(new Set(storm).size, 60, 'none is given twice')
    t.equal(Math.max(...storm), 70)
    await accounts.revoke(box.box)
    await t.rejects(other.connect(box.box, 'p2'), { code: 'box-revoked' })
  })

  await t.test('changes tell what is new since the cursor, once', async (t) => {
    const { accounts, again } = await open(t)
    const other = await again()
    const [a, b] = [newBox(), newBox()]
    t.same(await accounts.changes(0), { cursor: 0, boxes: [] })
    await accounts.enrol({ ...a, label: '', quota: unlimited })
    await accounts.enrol({ ...b, label: '', quota: unlimited })
    const all = await accounts.changes(0)
    t.same(all.boxes.map(({ box }) => box).sort(), [a.box, b.box].sort())
    t.same(await accounts.changes(all.cursor), { cursor: all.cursor, boxes: [] })

    const quota = { tokensPerMinute: 5, tokensPerDay: null, streams: 2 }
    const next = newKey()
    t.equal(await other.setQuota(a.box, quota), true)
    t.equal(await other.setQuota('nobody', quota), false)
    await other.rotate(a.box, a.key, next.publicKey)
    await other.connect(a.box, 'p9')
    const one = await accounts.changes(all.cursor)
    t.same(one.boxes, [{ box: a.box, key: next.key, revoked: false, generation: 1, quota }])
    await other.revoke(b.box)
    const two = await accounts.changes(one.cursor)
    t.match(two.boxes, [{ box: b.box, revoked: true }])
    t.same((await accounts.changes(two.cursor)).boxes, [])
  })

  await t.test('whoever follows the changes misses none of many writers', async (t) => {
    const { accounts, again } = await open(t)
    const writers = [await again(), await again(), await again()]
    const boxes = Array.from({ length: 24 }, newBox)
    await Promise.all(boxes.map((box) => accounts.enrol({ ...box, label: '', quota: unlimited })))
    const followed = new Map<string, number>()
    let cursor = 0
    let writing = true
    const look = async () => {
      const changes = await accounts.changes(cursor)
      t.ok(changes.cursor >= cursor)
      cursor = changes.cursor
      for (const { box, generation } of changes.boxes) {
        if (generation < (followed.get(box) ?? 0)) t.fail('time ran backwards')
        followed.set(box, generation)
      }
    }
    const following = (async () => {
      while (writing) {
        await look()
        await new Promise((next) => setTimeout(next, 1))
      }
    })()
    await Promise.all(
      writers.map(async (writer, at) => {
        for (let round = 0; round < 12; round++)
          await Promise.all(boxes.map(({ box }) => writer.connect(box, `p${at}`)))
      }),
    )
    writing = false
    await following
    await look()
    t.same(
      [...followed.values()],
      boxes.map(() => 36),
    )
  })
}

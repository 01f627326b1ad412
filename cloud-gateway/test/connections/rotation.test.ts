import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createIdentity, type Identity } from '../../src/identity.ts'
import { rotationBytes, signBytes } from '../../src/wire/challenge.ts'
import { testGateway, until } from '../support/gateway.ts'
import { authFor, dial, dialAndAuthenticate } from '../support/raw-box.ts'

const folder = mkdtempSync(join(tmpdir(), 'tanbox-keys-'))
t.teardown(() => rmSync(folder, { recursive: true }))
let made = 0
const newKey = () => createIdentity(join(folder, `${made++}.json`))

function rotateTo(from: Identity, to: Identity, changes: { gateway?: string; box?: string } = {}) {
  const statement = { gateway: 'gateway.test', box: from.box, from: from.key, to: to.key, ...changes }
  return {
    type: 'rotate',
    publicKey: Buffer.from(to.publicKey).toString('base64url'),
    signature: signBytes(rotationBytes(statement), to.privateKey),
  }
}

t.test('a box changes its key; the connection goes on and the old key is worth nothing', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { changesMs: 20 } })
  const old = gateway.identity
  const next = newKey()
  const box = await dialAndAuthenticate(gateway.url, old)
  box.send(rotateTo(old, next))
  t.match(await box.next('rotated'), { key: next.key })
  await new Promise((resolve) => setTimeout(resolve, 60))
  t.match(await box.next('end', box.ask()), { finish: 'stop' }, 'also after the change was heard of')
  box.send(rotateTo({ ...old, key: next.key }, newKey()))
  await box.next('rotated')
  const stale = await dial(gateway.url)
  stale.send(authFor(stale, old))
  t.equal((await stale.closed).code, 4401)
})

t.test('the same rotation again, over another connection, changes nothing', async (t) => {
  await using gateway = await testGateway()
  const old = gateway.identity
  const next = newKey()
  const first = await dialAndAuthenticate(gateway.url, old)
  first.send(rotateTo(old, next))
  await first.next('rotated')
  const second = await dialAndAuthenticate(gateway.url, { ...next, box: old.box })
  t.match(await second.next('end', second.ask()), { finish: 'stop' })
})

t.test(
  'a new key is refused that the box does not hold, that is weak, or that was meant for others',
  async (t) => {
    await using gateway = await testGateway()
    const old = gateway.identity
    const next = newKey()
    const weak = { ...rotateTo(old, next), publicKey: Buffer.alloc(32).toString('base64url') }
    for (const [name, message] of [
      ['not signed by the new key', { ...rotateTo(old, next), publicKey: rotateTo(old, newKey()).publicKey }],
      ['of small order', weak],
      ['for another gateway', rotateTo(old, next, { gateway: 'other.test' })],
      ['for another box', rotateTo(old, next, { box: 'box-other' })],
      ['from another key', rotateTo({ ...old, key: 'f'.repeat(16) }, next)],
    ] as const) {
      const box = await dialAndAuthenticate(gateway.url, old)
      box.send(message)
      t.match(await box.closed, { code: 4401, reason: 'the new key is refused' }, name)
    }
    await dialAndAuthenticate(gateway.url, old)
  },
)

t.test('a rotation while another is under way is out of order', async (t) => {
  await using gateway = await testGateway()
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.send(rotateTo(gateway.identity, newKey()))
  box.send(rotateTo(gateway.identity, newKey()))
  t.match(await box.closed, { code: 4400, reason: /second rotate/ })
})

t.test('its own rotation is heard of first, and does not end the connection', async (t) => {
  await using shared = await testGateway()
  const { accounts } = shared
  await using gateway = await testGateway(undefined, {
    accounts: {
      ...accounts,
      rotate: async (...given) => {
        const changed = await accounts.rotate(...given)
        await new Promise((resolve) => setTimeout(resolve, 80))
        return changed
      },
    },
    timing: { changesMs: 5 },
  })
  const box = await dialAndAuthenticate(gateway.url, shared.identity)
  const next = newKey()
  box.send(rotateTo(shared.identity, next))
  t.match(await box.next('rotated'), { key: next.key })
})

t.test('a key that was changed elsewhere ends the connection of the old one', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { changesMs: 20 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  t.ok(await gateway.accounts.rotate(gateway.identity.box, gateway.identity.key, newKey().publicKey))
  t.match(await box.closed, { code: 4401, reason: /key/ })
})

t.test('a box that comes back with its new key is not taken for the old one', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { changesMs: 500 } })
  const old = gateway.identity
  const next = newKey()
  const { changes } = gateway.accounts
  let looks = 0
  let seen = false
  gateway.accounts.changes = async (after) => {
    const found = await changes(after)
    looks += 1
    seen ||= found.boxes.some(({ box, key }) => box === old.box && key === old.key)
    return found
  }
  const first = await dialAndAuthenticate(gateway.url, old)
  await until(() => seen)
  const before = looks
  first.send(rotateTo(old, next))
  await first.next('rotated')
  first.socket.terminate()
  const second = await dialAndAuthenticate(gateway.url, { ...next, box: old.box })
  t.equal(looks, before, 'the last that was heard of the box is its old key')
  t.match(await second.next('end', second.ask()), { finish: 'stop' })
  await until(() => looks > before + 1)
  t.match(await second.next('end', second.ask()), { finish: 'stop' }, 'nor later')
})

t.test('a box that changes its key without end is cut off; its last key holds', async (t) => {
  const rotations = { each: { burst: 3, perMinute: 1 }, all: { burst: 1e9, perMinute: 1e9 }, remembered: 100 }
  await using gateway = await testGateway(undefined, { limits: { rotations } })
  let present = gateway.identity
  const box = await dialAndAuthenticate(gateway.url, present)
  for (let at = 0; at < 3; at++) {
    const next = newKey()
    box.send(rotateTo(present, next))
    await box.next('rotated')
    present = { ...next, box: present.box }
  }
  box.send(rotateTo(present, newKey()))
  t.match(await box.closed, { code: 4429, reason: /too often/ })
  await dialAndAuthenticate(gateway.url, present)
})

import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createIdentity, openKeyFile, readIdentity, successorOf } from '../../src/identity.ts'
import type { BoxMessageOf } from '../../src/protocol.ts'
import { challengeBytes, rotationBytes, verifyBytes } from '../../src/wire/challenge.ts'
import { keyIdOf } from '../../src/wire/public-key.ts'
import { hello, type Link, scriptedGateway, welcome } from '../support/scripted-gateway.ts'
import { anyIdentity, scratch, testBox } from '../support/test-box.ts'
import { until } from '../support/until.ts'

/** What a gateway remembers of one box: its key, and nothing else. */
function registry(publicKey: Uint8Array) {
  let known = publicKey
  return {
    get key() {
      return keyIdOf(known)
    },
    /** Judges `auth` as a gateway does. */
    letsIn(auth: BoxMessageOf<'auth'>): boolean {
      const challenge = { nonce: hello().nonce, gateway: 'gateway.test', box: auth.box, key: auth.key }
      return auth.key === keyIdOf(known) && verifyBytes(challengeBytes(challenge), auth.signature, known)
    },
    /** Takes a rotation as a gateway does. */
    change(box: string, { publicKey, signature }: BoxMessageOf<'rotate'>): boolean {
      const next = Buffer.from(publicKey, 'base64url')
      const statement = { gateway: 'gateway.test', box, from: keyIdOf(known), to: keyIdOf(next) }
      // The same pair once more changes nothing.
      if (keyIdOf(next) === keyIdOf(known)) return true
      if (!verifyBytes(rotationBytes(statement), signature, next)) return false
      known = next
      return true
    },
  }
}

function keyFile(t: Test) {
  const path = join(scratch(t), 'key.json')
  const identity = createIdentity(path)
  return { path, identity, gateway: registry(identity.publicKey) }
}

/** The next connection, let in or closed with 4401. */
async function judged(link: Link, gateway: ReturnType<typeof registry>): Promise<boolean> {
  const known = gateway.letsIn(await link.next('auth'))
  if (known) link.say(welcome)
  else link.close(4401, 'authentication failed')
  return known
}

t.test('a key file holds a next key beside the present one, both only for their owner', async (t) => {
  const { path, identity } = keyFile(t)
  const keys = openKeyFile(path)
  t.equal(keys.next, null)
  const next = keys.prepare()
  t.equal(keys.prepare().key, next.key, 'made once')
  t.equal(next.box, identity.box, 'the box keeps its id')
  t.equal(statSync(path).mode & 0o777, 0o600)
  const again = openKeyFile(path)
  t.equal(again.present.key, identity.key)
  t.equal(again.next?.key, next.key)
  again.promote()
  t.equal(readIdentity(path).key, next.key)
  t.equal(openKeyFile(path).next, null)
  const { d } = identity.privateKey.export({ format: 'jwk' })
  t.notOk(readFileSync(path, 'utf8').includes(d!), 'the old key is forgotten')
  t.throws(() => again.promote(), { name: 'IdentityError' })
})

t.test('a damaged next key is noticed', async (t) => {
  const { path } = keyFile(t)
  const keys = openKeyFile(path)
  keys.prepare()
  const content = JSON.parse(readFileSync(path, 'utf8'))
  content.next.publicKey = randomBytes(32).toString('base64url')
  writeFileSync(path, JSON.stringify(content))
  t.throws(() => openKeyFile(path), { name: 'IdentityError' })
})

t.test('a changed key is used from the next connection on', async (t) => {
  const { path, identity, gateway: known } = keyFile(t)
  await using gateway = await scriptedGateway()
  const { client } = testBox(t, gateway.url, { identity: openKeyFile(path) })
  const first = await gateway.dial()
  t.ok(await judged(first, known))
  await until(() => client.state === 'connected')
  const rotating = client.rotateKey()
  const rotate = await first.next('rotate')
  t.ok(openKeyFile(path).next, 'on the disk before the gateway hears of it')
  t.ok(known.change(identity.box, rotate))
  first.say({ type: 'rotated', key: known.key })
  t.equal(await rotating, known.key)
  t.equal(client.key, known.key)
  t.equal(readIdentity(path).key, known.key)
  first.cut()
  t.ok(await judged(await gateway.dial(), known))
})

t.test('when the reply is lost, the box finds out which key is known', async (t) => {
  for (const arrived of [true, false]) {
    const { path, identity, gateway: known } = keyFile(t)
    await using gateway = await scriptedGateway()
    const { client } = testBox(t, gateway.url, { identity: openKeyFile(path) })
    const first = await gateway.dial()
    t.ok(await judged(first, known))
    await until(() => client.state === 'connected')
    const rotating = client.rotateKey()
    const rotate = await first.next('rotate')
    if (arrived) t.ok(known.change(identity.box, rotate))
    first.cut()
    if (arrived) {
      t.notOk(await judged(await gateway.dial(), known), 'the present key is refused')
      t.ok(await judged(await gateway.dial(), known), 'the next one is not')
    } else {
      const second = await gateway.dial()
      t.ok(await judged(second, known))
      t.ok(known.change(identity.box, await second.next('rotate')), 'it is asked for again')
      second.say({ type: 'rotated', key: known.key })
    }
    t.equal(await rotating, known.key)
    t.equal(readIdentity(path).key, known.key)
    t.equal(openKeyFile(path).next, null)
    client.close()
  }
})

t.test('wherever the box is killed, one of its keys opens the door', async (t) => {
  const { path, identity, gateway: known } = keyFile(t)
  await using gateway = await scriptedGateway()
  // Killed after the gateway changed the key, before the box heard of it.
  const before = testBox(t, gateway.url, { identity: openKeyFile(path) })
  const first = await gateway.dial()
  await judged(first, known)
  await until(() => before.client.state === 'connected')
  const rotating = before.client.rotateKey()
  rotating.catch(() => {})
  t.ok(known.change(identity.box, await first.next('rotate')))
  before.client.close()
  await t.rejects(rotating, { name: 'RotationError', code: 'closed' })
  // The next process knows both.
  const after = testBox(t, gateway.url, { identity: openKeyFile(path) })
  t.notOk(await judged(await gateway.dial(), known))
  t.ok(await judged(await gateway.dial(), known))
  await until(() => after.client.state === 'connected')
  t.equal(readIdentity(path).key, known.key)
})

t.test('a disk that refuses the change keeps both keys, and the box gets in', async (t) => {
  const { path, identity, gateway: known } = keyFile(t)
  const keys = openKeyFile(path)
  const faults: unknown[] = []
  await using gateway = await scriptedGateway()
  const broken = {
    get present() {
      return keys.present
    },
    get next() {
      return keys.next
    },
    prepare: keys.prepare,
    promote: () => {
      if (faults.length === 0) throw new Error('no space left')
      keys.promote()
    },
  }
  const { client } = testBox(t, gateway.url, { identity: broken, onFault: (error) => faults.push(error) })
  const first = await gateway.dial()
  await judged(first, known)
  await until(() => client.state === 'connected')
  const rotating = client.rotateKey()
  t.ok(known.change(identity.box, await first.next('rotate')))
  first.say({ type: 'rotated', key: known.key })
  await t.rejects(rotating, { message: 'no space left' })
  t.ok(openKeyFile(path).next)
  first.cut()
  t.notOk(await judged(await gateway.dial(), known))
  t.ok(await judged(await gateway.dial(), known))
  await until(() => openKeyFile(path).next === null)
  t.equal(readIdentity(path).key, known.key)
})

t.test('what cannot be changed is said', async (t) => {
  await using gateway = await scriptedGateway(hello({ capabilities: [] }))
  const { path } = keyFile(t)
  const old = testBox(t, gateway.url, { identity: openKeyFile(path) })
  const link = await gateway.link()
  await until(() => old.client.state === 'connected')
  await t.rejects(old.client.rotateKey(), { name: 'RotationError', code: 'not-supported' })
  t.notOk(
    link.received.some(({ type }) => type === 'rotate'),
    'a type it has not announced is not sent',
  )
  const fixed = testBox(t, gateway.url)
  await t.rejects(fixed.client.rotateKey(), { name: 'IdentityError' })
})

t.test('a gateway that confirms another key is left, and no key is forgotten', async (t) => {
  const { path, gateway: known } = keyFile(t)
  await using gateway = await scriptedGateway()
  const { client } = testBox(t, gateway.url, { identity: openKeyFile(path) })
  const link = await gateway.dial()
  await judged(link, known)
  await until(() => client.state === 'connected')
  client.rotateKey().catch(() => {})
  await link.next('rotate')
  link.say({ type: 'rotated', key: anyIdentity().key })
  t.equal(await link.closed, 4400)
  t.ok(openKeyFile(path).next)
})

t.test('a box that is refused under both keys tries them in turn, without hurry', async (t) => {
  const { path } = keyFile(t)
  openKeyFile(path).prepare()
  await using gateway = await scriptedGateway()
  testBox(t, gateway.url, { identity: openKeyFile(path), random: () => 0.1 })
  const shown: string[] = []
  const began = performance.now()
  while (shown.length < 6) {
    const link = await gateway.dial()
    shown.push((await link.next('auth')).key)
    link.close(4401)
  }
  t.same(shown.slice(0, 4), [shown[0], shown[1], shown[0], shown[1]])
  t.not(shown[0], shown[1])
  t.ok(performance.now() - began >= 150, 'every second dial waits')
})

t.test('a key file that others can read is refused', async (t) => {
  const { path } = keyFile(t)
  chmodSync(path, 0o640)
  t.throws(() => openKeyFile(path), { name: 'IdentityError' })
  rmSync(path)
  t.throws(() => openKeyFile(path), { name: 'IdentityError' })
})

t.test(
  'a successor has its own id and key, waits beside, and takes over without losing what was',
  async (t) => {
    const path = join(scratch(t), 'key.json')
    const before = createIdentity(path)
    const successor = successorOf(path)
    t.equal(successor.waiting, false)
    t.throws(() => successor.takeOver(), 'nobody takes over who was not made')
    const made = successor.make()
    t.not(made.box, before.box)
    t.same(successorOf(path).make().key, made.key, 'the reply may have been lost: it is the same one again')
    t.equal(readIdentity(path).key, before.key)
    const running = openKeyFile(path)
    successor.takeOver()
    t.throws(() => running.prepare(), /another box/, 'who runs with the key before does not bring it back')
    t.match(readIdentity(path), { box: made.box, key: made.key })
    t.equal(readIdentity(`${path}.before`).key, before.key)
    t.equal(statSync(`${path}.before`).mode & 0o777, 0o600)
    t.equal(successor.waiting, false)
    t.not(successor.make().key, made.key)
  },
)

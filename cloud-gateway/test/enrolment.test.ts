import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { enrolBox, folderRegistry, revokeBox } from '../src/enrolment.ts'
import { createIdentity, readIdentity } from '../src/identity.ts'
import { challengeBytes, signChallenge, verifyChallenge } from '../src/wire/challenge.ts'
import { publicKeyProblem } from '../src/wire/public-key.ts'

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-enrolment-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

const bytes = (hex: string) => Buffer.from(hex, 'hex')

t.test('a key file is made once, for its owner only, and read afterwards', async (t) => {
  const path = join(folderOf(t), 'keys', 'box.json')
  const made = createIdentity(path)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
  t.match(made.box, /^box-[0-9a-f]{16}$/)
  t.same(createIdentity(path).publicKey, made.publicKey)
  t.same(readIdentity(path).key, made.key)
  t.same(readdirSync(join(path, '..')), ['box.json'], 'nothing is left beside it')
})

t.test('a key file that others can read, that is damaged or missing is refused', async (t) => {
  const folder = folderOf(t)
  const path = join(folder, 'box.json')
  t.throws(() => readIdentity(path), { name: 'IdentityError', message: /cannot be read/ })
  createIdentity(path)
  chmodSync(path, 0o644)
  t.throws(() => readIdentity(path), { message: /0600/ })
  chmodSync(path, 0o600)
  const content = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...content, key: '0'.repeat(16) }))
  t.throws(() => readIdentity(path), { message: /id/ })
  writeFileSync(path, '{"v":1')
  t.throws(() => readIdentity(path), { name: 'IdentityError' })
  t.throws(() => createIdentity(path), { name: 'IdentityError' }, 'and is not replaced in silence')
})

t.test('enrolling is idempotent, one key per box, and revoking is for good', async (t) => {
  const folder = folderOf(t)
  const boxes = join(folder, 'boxes')
  const identity = createIdentity(join(folder, 'a.json'))
  const other = createIdentity(join(folder, 'b.json'))
  const registry = folderRegistry(boxes)
  t.equal(registry.find(identity.box), null)
  enrolBox(boxes, identity, '一号')
  enrolBox(boxes, identity, 'again')
  t.match(registry.find(identity.box), { key: identity.key, revoked: false })
  t.throws(() => enrolBox(boxes, { ...other, box: identity.box }, ''), { message: /another key/ })
  t.equal(revokeBox(boxes, identity.box), true)
  t.equal(registry.find(identity.box)?.revoked, true)
  t.throws(() => enrolBox(boxes, identity, ''), { message: /revoked/ })
  t.equal(revokeBox(boxes, 'nobody'), false)
})

t.test('a box id is never a path', async (t) => {
  const folder = folderOf(t)
  const identity = createIdentity(join(folder, 'a.json'))
  for (const box of ['../x', 'a/b', '.', '', 'a', 'A-BOX', 'box\0', 'x'.repeat(64)]) {
    t.throws(
      () => enrolBox(folder, { ...identity, box }, ''),
      { name: 'EnrolmentError' },
      JSON.stringify(box),
    )
    t.equal(folderRegistry(folder).find(box), null)
    t.equal(revokeBox(folder, box), false)
  }
})

t.test('a file written by hand gets no weak key in', async (t) => {
  const folder = folderOf(t)
  const identity = createIdentity(join(folder, 'a.json'))
  enrolBox(folder, identity, '')
  const path = join(folder, `${identity.box}.json`)
  const content = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...content, publicKey: Buffer.alloc(32).toString('base64url') }))
  t.throws(() => folderRegistry(folder).find(identity.box), { name: 'EnrolmentError' })
  writeFileSync(path, JSON.stringify({ ...content, box: 'box-of-another' }))
  t.throws(() => folderRegistry(folder).find(identity.box), { name: 'EnrolmentError' })
})

t.test('keys of small order are refused in every encoding, real ones are not', async (t) => {
  const smallOrder = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ]
  for (const key of smallOrder) t.equal(publicKeyProblem(bytes(key)), 'small-order', key)
  for (const key of ['ee', 'ed', 'f0'].map((low) => `${low}${'ff'.repeat(30)}7f`)) {
    t.equal(publicKeyProblem(bytes(key)), 'not-canonical', key)
  }
  t.equal(publicKeyProblem(bytes(`02${'00'.repeat(31)}`)), 'not-a-point')
  t.equal(publicKeyProblem(Buffer.alloc(31)), 'length')
  const folder = folderOf(t)
  for (let at = 0; at < 20; at++)
    t.equal(publicKeyProblem(createIdentity(join(folder, `${at}.json`)).publicKey), null)
  // RFC 8032, section 7.1, test 1
  t.equal(publicKeyProblem(bytes('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')), null)
})

t.test('the signature covers every field of the challenge', async (t) => {
  const identity = createIdentity(join(folderOf(t), 'a.json'))
  const challenge = { nonce: 'n', gateway: 'g', box: identity.box, key: identity.key }
  const signature = signChallenge(challenge, identity.privateKey)
  t.ok(verifyChallenge(challenge, signature, identity.publicKey))
  for (const field of ['nonce', 'gateway', 'box', 'key'] as const) {
    t.notOk(verifyChallenge({ ...challenge, [field]: 'x' }, signature, identity.publicKey), field)
  }
  const { nonce, gateway } = challenge
  t.not(
    Buffer.compare(
      challengeBytes({ ...challenge, nonce: `${nonce}g`, gateway: 'x' }),
      challengeBytes({ ...challenge, gateway: `g${gateway}` }),
    ),
    0,
    'fields cannot flow into one another',
  )
  t.equal(
    Buffer.from(challengeBytes({ nonce: 'ab', gateway: 'g', box: 'b', key: 'k' })).toString('hex'),
    '74616e626f782e61736b2e76312061757468000001310002616200016700016200016b',
    'the bytes written in PROTOCOL.md',
  )
})

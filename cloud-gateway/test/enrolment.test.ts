import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openAccounts } from '../src/accounts/open-accounts.ts'
import { enrolBox } from '../src/enrolment.ts'
import { createIdentity, type Identity, readIdentity } from '../src/identity.ts'
import { challengeBytes, signChallenge, verifyChallenge } from '../src/wire/challenge.ts'
import { keyIdOf, publicKeyProblem } from '../src/wire/public-key.ts'

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

t.test('a box of this machine is let in whether the gateway runs or not', async (t) => {
  const folder = folderOf(t)
  const place = { data: join(folder, 'gateway'), database: '' }
  const identity = createIdentity(join(folder, 'a.json'))
  t.match(await enrolBox(place, identity, '一号'), { box: identity.box, key: identity.key, label: '一号' })
  const { accounts } = await openAccounts(place, 'gateway')
  t.teardown(() => accounts.close())
  await enrolBox(place, identity, 'again')
  const second = createIdentity(join(folder, 'b.json'))
  await enrolBox(place, second, '二号')
  t.match(await accounts.list(), [{ label: '一号' }, { box: second.box }])
  await accounts.revoke(identity.box)
  await t.rejects(enrolBox(place, identity, ''), { name: 'EnrolmentError', code: 'box-revoked' })
})

interface BoxFile {
  box: string
  publicKey: Uint8Array
  label: string
  revokedAt: string | null
}

/** As the version before wrote it. */
function writeBoxFile(data: string, { box, publicKey, label, revokedAt }: BoxFile): void {
  mkdirSync(join(data, 'boxes'), { recursive: true })
  const content = {
    ...{ v: 1, box, key: keyIdOf(publicKey), publicKey: Buffer.from(publicKey).toString('base64url') },
    ...{ label, enrolledAt: '2026-05-01T08:00:00.000Z', revokedAt },
  }
  writeFileSync(join(data, 'boxes', `${box}.json`), JSON.stringify(content))
}

t.test('boxes of the version before are taken over, once', async (t) => {
  const data = folderOf(t)
  const place = { data, database: '' }
  const [one, shut, weak] = [1, 2, 3].map((at) => createIdentity(join(data, `${at}.json`))) as [
    Identity,
    Identity,
    Identity,
  ]
  writeBoxFile(data, { ...one, label: '一号', revokedAt: null })
  writeBoxFile(data, { ...shut, label: '二号', revokedAt: '2026-06-01T08:00:00.000Z' })
  writeBoxFile(data, { ...weak, publicKey: new Uint8Array(32), label: '', revokedAt: null })
  writeFileSync(join(data, 'boxes', 'broken.json'), '{"v":1')
  writeFileSync(
    join(data, 'boxes', 'box-other-name.json'),
    readFileSync(join(data, 'boxes', `${one.box}.json`)),
  )
  // Whoever comes first: here the supervisor, with a box that is shut out.
  await t.rejects(enrolBox(place, shut, 'this machine'), { code: 'box-revoked' })
  const opened = await openAccounts(place, 'gateway')
  t.equal(opened.takenOver, null, 'it was done then')
  const boxes = await opened.accounts.list()
  t.equal(boxes.length, 2)
  t.match(await opened.accounts.find(one.box), { key: one.key, label: '一号', revokedAt: null })
  t.type((await opened.accounts.find(shut.box))?.revokedAt, 'number')
  t.notOk(readdirSync(data).includes('boxes'))
  t.equal(readdirSync(join(data, 'boxes.taken-over')).length, 5, 'nothing is thrown away')
  await opened.accounts.close()

  writeBoxFile(data, { ...createIdentity(join(data, '4.json')), label: '', revokedAt: null })
  const again = await openAccounts(place, 'gateway')
  t.same(again.takenOver, { boxes: 1, refused: [] }, 'a folder that was put back')
  await again.accounts.close()
})

t.test('a takeover that was broken off is done again, and revokes what was revoked', async (t) => {
  const data = folderOf(t)
  const place = { data, database: '' }
  const [shut, rotated] = [createIdentity(join(data, '1.json')), createIdentity(join(data, '2.json'))]
  await enrolBox(place, shut, '')
  await enrolBox(place, rotated, '')
  const other = createIdentity(join(data, '3.json'))
  writeBoxFile(data, { ...shut, label: '', revokedAt: '2026-06-01T08:00:00.000Z' })
  writeBoxFile(data, { ...other, box: rotated.box, label: '', revokedAt: null })
  const { accounts, takenOver } = await openAccounts(place, 'beside')
  t.teardown(() => accounts.close())
  t.same(takenOver, { boxes: 1, refused: [`${rotated.box}.json`] })
  t.type((await accounts.find(shut.box))?.revokedAt, 'number')
  t.match(await accounts.find(rotated.box), { key: rotated.key })
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

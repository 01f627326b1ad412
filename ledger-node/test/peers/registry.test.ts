import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { cosignerKeyType, formatVerifierKey, logKeyType, makeSignerKey } from '../../src/note/key.ts'
import { defaultPolicy } from '../../src/note/policy.ts'
import { type Card, CardError, cardText, formatCard, parseCard, readCard } from '../../src/peers/card.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { openRegistry, type Registry, RegistryError } from '../../src/peers/registry.ts'

const log = (n: number, generation = 1) =>
  makeSignerKey(`box.test/${n}/${generation}`, logKeyType, Buffer.alloc(32, n + 40 * generation))
const card = (n: number, name = `box ${n}`): Card => ({
  name,
  log: log(n),
  cosigner: makeSignerKey(`box.test/${n}/witness-1`, cosignerKeyType, Buffer.alloc(32, 200 + n)),
  admin: null,
  urls: [`https://box${n}.test:8472`],
})
const own = log(30)
const pathIn = (t: Test) => join(t.testdir(), 'peers.json')
const open = (path: string): Promise<Registry> => openRegistry(fileDisk, path, () => [own])

t.test('a card is read as it was written', async (t) => {
  const admin = makeSignerKey('box.test/1/admin', logKeyType, Buffer.alloc(32, 99))
  const text = formatCard({ ...card(1), admin })
  const read = parseCard(text)
  t.equal(formatCard(read), text)
  t.equal(formatVerifierKey(read.admin!), formatVerifierKey(admin))
})

t.test('a card with anything wrong is refused with a sentence', async (t) => {
  const good = cardText(card(1))
  const key = formatVerifierKey(log(1))
  for (const [what, wrong] of [
    ['no JSON', 'x'],
    ['another format', { ...good, format: 'tanbox-peer@2' }],
    ['a member more', { ...good, more: 1 }],
    ['no name', { ...good, name: '' }],
    ['a control character', { ...good, name: 'a\nb' }],
    ['keys exchanged', { ...good, log: good.cosigner, cosigner: good.log }],
    ['one key twice', { ...good, admin: key }],
    ['a damaged key', { ...good, log: key.slice(0, -4) }],
    ['a foreign scheme', { ...good, urls: ['file:///etc/passwd'] }],
    ['a password', { ...good, urls: ['https://a:b@box.test'] }],
    ['no address', { ...good, urls: ['box'] }],
    ['too many addresses', { ...good, urls: Array(9).fill('https://box.test') }],
    ['too long', { ...good, name: 'x'.repeat(9000) }],
  ] as const)
    t.throws(() => parseCard(typeof wrong === 'string' ? wrong : JSON.stringify(wrong)), CardError, what)
})

t.test('a witness whose name can stand in no policy is on no card', async (t) => {
  for (const name of ['none', 'box.test/1/witness\u007f'])
    t.throws(
      () => readCard({ ...cardText(card(1)), cosigner: cosignerOf(name) }),
      { name: 'CardError', message: /policy/ },
      name,
    )
  const other = readCard({ ...cardText(card(1)), cosigner: cosignerOf('witnesses') })
  t.equal(defaultPolicy([{ name: other.cosigner.name, key: other.cosigner }]).satisfiedBy(new Set()), false)
})

const cosignerOf = (name: string) =>
  formatVerifierKey(makeSignerKey(name, cosignerKeyType, Buffer.alloc(32, 150)))

t.test('peers are added, paused, taken back and removed, and a new start knows it', async (t) => {
  const path = pathIn(t)
  const registry = await open(path)
  const { id } = await registry.add(card(1))
  await registry.add(card(2))
  t.equal(id, originHash('box.test/1/1'))
  await registry.pause(id)
  t.same(
    registry.active.map(({ name }) => name),
    ['box 2'],
  )
  t.equal(registry.cosignedKey(id), null, 'a paused one is not cosigned')
  t.ok(registry.keyOf('box.test/1/1'), 'and still known')
  const again = await open(path)
  t.equal(again.find(id)?.paused, true)
  await again.resume(id)
  await again.remove(originHash('box.test/2/1'))
  const third = await open(path)
  t.same(
    third.active.map(({ name }) => name),
    ['box 1'],
  )
  await t.rejects(third.remove('f'.repeat(64)), RegistryError)
})

t.test('a new card of a known box takes the place of the old one; another log key does not', async (t) => {
  const registry = await open(pathIn(t))
  await registry.add(card(1))
  const cosigner = makeSignerKey('box.test/1/witness-2', cosignerKeyType, Buffer.alloc(32, 77))
  await registry.add({ ...card(1, 'renamed'), cosigner })
  t.equal(registry.peers.length, 1)
  t.equal(registry.peers[0]!.name, 'renamed')
  const stolen = makeSignerKey('box.test/1/1', logKeyType, Buffer.alloc(32, 5))
  await t.rejects(registry.add({ ...card(1), log: stolen }), RegistryError)
})

t.test('no name or key belongs to two', async (t) => {
  const registry = await open(pathIn(t))
  await registry.add(card(1))
  await t.rejects(registry.add({ ...card(2), cosigner: card(1).cosigner }), RegistryError)
  await t.rejects(registry.add({ ...card(2), log: own }), RegistryError)
  await t.rejects(registry.addLog(log(1)), RegistryError)
  await registry.addLog(log(3))
  await t.rejects(registry.addLog(log(3)), RegistryError)
  await t.rejects(registry.add(card(3)), RegistryError)
  await registry.removeLog(log(3).name)
  await registry.add(card(3))
})

t.test('a peer goes on with another log and keeps the old one', async (t) => {
  const path = pathIn(t)
  const registry = await open(path)
  const { id } = await registry.add(card(1))
  await registry.replaceLog(id, log(1, 2))
  const again = await open(path)
  const [peer] = again.peers
  t.equal(peer!.id, originHash('box.test/1/2'))
  t.equal(again.find(id), null)
  t.equal(again.ownerOf('box.test/1/1')?.id, peer!.id)
  t.ok(again.cosignedKey(id), 'its last entries may still be cosigned')
})

t.test('every administrator counts once', async (t) => {
  const registry = await open(pathIn(t))
  const admin = makeSignerKey('box.test/admin', logKeyType, Buffer.alloc(32, 99))
  await registry.setAdmin(admin)
  await registry.add({ ...card(1), admin })
  t.equal(registry.admins.length, 1)
})

t.test('a damaged file is an error, never an empty list', async (t) => {
  const folder = t.testdir({ 'peers.json': '{"format":"tanbox-peers@1","peers":[{}]}' })
  await t.rejects(open(join(folder, 'peers.json')), /damaged/)
})

t.test('a disk that fails changes nothing', async (t) => {
  const path = pathIn(t)
  let broken = false
  const disk = {
    ...fileDisk,
    rename: async (a: string, b: string) => {
      if (broken) throw new Error('full')
      await fileDisk.rename(a, b)
    },
  }
  const registry = await openRegistry(disk, path, () => [])
  await registry.add(card(1))
  broken = true
  await t.rejects(registry.add(card(2)), /full/)
  t.equal(registry.peers.length, 1)
  broken = false
  await registry.add(card(2))
  t.equal(registry.peers.length, 2)
})

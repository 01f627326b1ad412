import { join } from 'node:path'
import t from 'tap'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { openStatements } from '../../src/forks/statements.ts'
import { formatSuccession } from '../../src/forks/succession.ts'
import { cosignerKeyType, formatVerifierKey, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { openRegistry } from '../../src/peers/registry.ts'
import { next, old, succession } from './made-succession.ts'

t.test('a log that has forked names no successor; one that has not does, once', async (t) => {
  const folder = t.testdir()
  const registry = await openRegistry(fileDisk, join(folder, 'peers.json'), () => [])
  const cosigner = verifierOf(makeSignerKey('box.test/w', cosignerKeyType, Buffer.alloc(32, 7)))
  await registry.add({ name: 'box', log: verifierOf(old), cosigner, admin: null, urls: [] })
  const replaced: string[] = []
  let forked = true
  const statements = await openStatements({
    ...{ disk: fileDisk, folder, registry },
    hasForked: (id) => forked && id === originHash(old.name),
    onReplaced: async (before, after) => void replaced.push(`${before} ${after}`),
  })
  const id = originHash(next.name)
  const bytes = Buffer.from(formatSuccession(succession()))
  t.match(await statements.take(id, bytes), /forked; administrators have to sign/)
  t.same(
    registry.peers.map(({ log }) => log.name),
    [old.name],
  )
  t.equal(statements.has(id), false)
  forked = false
  t.match(await statements.take(originHash('a/b/3'), bytes), /another log/)
  t.equal(await statements.take(id, bytes), null)
  t.same(replaced, [`${old.name} ${next.name}`])
  t.same(
    registry.peers.map(({ log }) => formatVerifierKey(log)),
    [formatVerifierKey(next)],
  )
  t.match(await statements.take(id, bytes), /not the one of a peer/, 'an old one shown again changes nothing')
  t.same(await statements.read(id), bytes)
})

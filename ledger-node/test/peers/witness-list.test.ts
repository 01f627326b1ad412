import t from 'tap'
import { cosignerKeyType, formatVerifierKey, makeSignerKey } from '../../src/note/key.ts'
import { Village } from './village.ts'

t.test('no key of the box itself is counted among its witnesses, also none that it had before', async (t) => {
  const village = await new Village(t).found(1)
  const { log } = village.node(0)
  const box = log.origin.slice(0, log.origin.lastIndexOf('/'))
  const before = makeSignerKey(`${box}/witness-1`, cosignerKeyType, Buffer.alloc(32, 8))
  const other = makeSignerKey('other.test/w', cosignerKeyType, Buffer.alloc(32, 9))
  const now = village.node(0).card('x', []).cosigner
  const lines = [before, now, other].map((key, at) => `witness w${at} ${formatVerifierKey(key)}\n`)
  village.settings = { policy: Buffer.from(`${lines.join('')}group g 1 w0 w1 w2\nquorum g\n`) }
  await village.stop(0)
  await village.start(0)
  await village.append(0, 1)
  t.match(village.node(0).stateOf(0), { k: 0, n: 1 })
  t.match(village.node(0).status().witnesses, { n: 1 })
})

t.test('a peer that is paused is asked for nothing, and still counted', async (t) => {
  const village = await new Village(t).found(3)
  const node = village.node(0)
  await village.append(0, 1)
  await village.until('cosigned by both', () => node.stateOf(0).k === 2)
  await node.peers.pause(village.id(1))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const asked: string[] = []
  village.way = async (from, to, { path }, ask) => {
    if (from === 0 && to === 1) asked.push(path)
    return ask()
  }
  await village.append(0, 3, 'more')
  await village.until('cosigned by the other', () => node.stateOf(3).k === 1)
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.same(asked, [])
  t.match(node.stateOf(3), { state: 'witnessed', k: 1, n: 2 })
  await node.peers.resume(village.id(1))
  await village.until('and by both again', () => node.stateOf(3).state === 'final')
})

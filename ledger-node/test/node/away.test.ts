import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { originHash } from '../../src/peers/origin-hash.ts'
import { appendSome } from '../log/box.ts'
import { startNode, type TestNode } from '../support/running.ts'

/** Another log id is begun while one of two boxes is away, over real sockets. One of them can only dial out. */

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !isSo(); await pause(20))
    if (Date.now() > end) throw new Error(`in vain: ${what}`)
}

/** A box that listens at the address of its card, and one whose card has none. */
async function pair(t: Test) {
  const boxes = { office: await startNode(t), away: await startNode(t) }
  // Its port stays the same when it is started again.
  const TANBOX_LEDGER_PORT = String(boxes.office.running.port)
  const { url } = boxes.office
  const nodeOf = ({ running }: TestNode) => running.node
  await nodeOf(boxes.away).peers.add(nodeOf(boxes.office).card('office', [url]))
  await nodeOf(boxes.office).peers.add(nodeOf(boxes.away).card('away', []))
  const again = {
    office: async () => {
      boxes.office = await startNode(t, { TANBOX_LEDGER_PORT }, boxes.office.folder)
    },
    away: async () => {
      boxes.away = await startNode(t, {}, boxes.away.folder)
    },
  }
  return { boxes, again }
}

/** Whether each knows the log that the other has now, is connected, holds all of it, and has it cosigned. */
function meet({ office, away }: { office: TestNode; away: TestNode }): boolean {
  return [
    [office, away],
    [away, office],
  ].every(([one, other]) => {
    const { log } = other!.running.node
    const id = originHash(log.origin)
    const peer = one!.running.node.peers.list().find((it) => it.id === id)
    return (
      peer !== undefined &&
      one!.running.node.connected().includes(id) &&
      peer.mirrored === log.head.size &&
      log.final?.size === log.head.size
    )
  })
}

/** Both have something to tell; the timer would do it half a minute later. */
async function met(t: Test, boxes: { office: TestNode; away: TestNode }): Promise<void> {
  for (const { running } of [boxes.office, boxes.away]) await appendSome(running.node.log, 3)
  const timer = setInterval(() => {
    for (const { running } of [boxes.office, boxes.away]) void running.node.syncNow()
  }, 500)
  await until('they know each other again', () => meet(boxes)).finally(() => clearInterval(timer))
  for (const { running, errors } of [boxes.office, boxes.away]) {
    t.same(errors, [])
    t.same(running.node.forks(), [])
    t.ok(running.node.followed().every(({ state }) => state.state === 'followed'))
  }
}

// Sockets are dialled again after seconds.
t.setTimeout(180_000)

t.test('a box that only dials out begins another log while nobody can be reached', async (t) => {
  const { boxes, again } = await pair(t)
  await met(t, boxes)
  const { log: old } = boxes.away.running.node
  await boxes.office.stop()
  await boxes.away.running.node.successor()
  await again.office()
  await met(t, boxes)
  const [peer] = boxes.office.running.node.peers.list()
  t.equal(peer!.origin, old.origin.replace(/1$/, '2'))
  const earlier = boxes.office.running.node.followed().find(({ key }) => key.name === old.origin)
  t.equal(earlier?.mirror?.verified?.size, old.head.size, 'the old log is held to its last entry')
})

t.test('the box that listens begins another log while the one that dials is off', async (t) => {
  const { boxes, again } = await pair(t)
  await met(t, boxes)
  await boxes.away.stop()
  await boxes.office.running.node.successor()
  await again.away()
  await met(t, boxes)
})

t.test('both have begun others, one of them twice, before they meet again', async (t) => {
  const { boxes, again } = await pair(t)
  await met(t, boxes)
  await boxes.office.stop()
  for (const _ of [2, 3]) {
    await boxes.away.running.node.successor()
    await appendSome(boxes.away.running.node.log, 2)
  }
  await boxes.away.stop()
  await again.office()
  await boxes.office.running.node.successor()
  await again.away()
  await met(t, boxes)
  t.match(boxes.office.running.node.peers.list()[0]!.origin, /\/3$/)
  t.match(boxes.away.running.node.peers.list()[0]!.origin, /\/2$/)
})

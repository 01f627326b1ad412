/** Real sockets that are cut, fall silent, or acknowledge every token; and clocks that jump. */
import t from 'tap'
import { sha256Hex } from '../../src/protocol.ts'
import { testGateway, until } from '../support/gateway.ts'
import { question } from '../support/questions.ts'
import { createRandom } from '../support/random.ts'
import { dialAndAuthenticate } from '../support/raw-box.ts'
import { scriptedRouter } from '../support/scripted-router.ts'

t.test('a box that vanished without a word is found by its silence', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { heartbeat: { everyMs: 100, misses: 2 } } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const alive = await dialAndAuthenticate(gateway.url, gateway.newBox())
  await new Promise((resolve) => setTimeout(resolve, 400))
  t.equal(gateway.gateway.state().connections, 2, 'who answers pings is alive')
  // Reads nothing any more, so answers nothing; as the other end of a line that was unplugged.
  box.socket.pause()
  const began = performance.now()
  await until(() => gateway.gateway.state().connections === 1)
  t.ok(performance.now() - began < 1500)
  t.match(
    gateway.log.find(({ event }) => event === 'connection-closed'),
    { fields: { code: 4408, box: gateway.identity.box } },
  )
  t.equal(alive.socket.readyState, alive.socket.OPEN)
})

t.test('a reader that acknowledges every token is never too fast', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router, limits: { frameBurst: 60, framesPerSecond: 1 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask()
  const play = await router.next()
  await box.next('accepted', rid)
  for (let seq = 1; seq <= 500; seq++) {
    play.sink.text('answer', '字')
    await box.next('delta', rid)
    box.send({ type: 'credit', rid, epoch: 1, seq, bytes: 65_536 })
  }
  play.finish()
  t.match(await box.next('end', rid), { seq: 500 })
})

t.test('real sockets cut in the middle of answers lose and repeat nothing', async (t) => {
  const random = createRandom(11)
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router })
  const rids: string[] = []
  const got = new Map<string, { seq: number; text: string }>()
  let box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const plays = []
  for (let at = 0; at < 4; at++) {
    const rid = box.ask()
    await box.next('accepted', rid)
    rids.push(rid)
    got.set(rid, { seq: 0, text: '' })
    plays.push(await router.next())
  }
  const written = plays.map(() => '')
  const read = () => {
    for (const message of box.received.splice(0)) {
      if (message.type === 'end') box.received.push(message)
      if (message.type !== 'delta') continue
      const mine = got.get(message.rid)!
      if (message.seq !== mine.seq + 1) throw new Error(`delta ${message.seq} after ${mine.seq}`)
      mine.seq = message.seq
      mine.text += message.text
    }
  }
  for (let round = 0; round < 30; round++) {
    for (let token = random.below(40); token > 0; token--) {
      const at = random.below(plays.length)
      const word = random.pick(['碳', ' 排放', '😀', 'a'])
      written[at] += word
      plays[at]!.sink.text('answer', word)
      if (random.chance(0.2)) await new Promise((resolve) => setImmediate(resolve))
    }
    if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, 3))
    box.socket.terminate()
    await box.closed
    read()
    const places = rids.map((rid) => ({ rid, epoch: 1, seq: got.get(rid)!.seq }))
    box = await dialAndAuthenticate(gateway.url, gateway.identity, places)
    read()
    for (const rid of rids) {
      const { seq } = got.get(rid)!
      if (random.chance(0.5)) box.send({ type: 'credit', rid, epoch: 1, seq, bytes: 65_536 })
    }
  }
  for (const play of plays) play.finish('stop', { promptTokens: 5, completionTokens: 6 })
  for (const [at, rid] of rids.entries()) {
    const end = await box.next('end', rid)
    read()
    t.equal(got.get(rid)!.text, written[at])
    t.equal(end.textSha256, sha256Hex(written[at]!))
    t.equal(end.seq, got.get(rid)!.seq)
    box.send({ type: 'ack', rid, seq: end.seq })
  }
  t.match(await gateway.accounts.usage({}), [
    { answers: 4, promptTokens: 20, completionTokens: 24, estimatedTokens: 0 },
  ])
  await until(() => gateway.gateway.state().heldBytes === 0)
})

t.test('the clock on the wall may jump by days while an answer runs', async (t) => {
  const router = scriptedRouter()
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  await using gateway = await testGateway([], { router, timing: { progressMs: 40 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask(question(), { deadlineMs: 30_000 })
  const play = await router.next()
  play.sink.text('answer', '一')
  for (const jump of [86_400_000, -86_400_000]) {
    Date.now = () => now() + jump
    await new Promise((resolve) => setTimeout(resolve, 60))
    play.sink.text('answer', '二')
  }
  t.notOk(play.signal.aborted)
  play.finish()
  t.match(await box.next('end', rid), { finish: 'stop', textSha256: sha256Hex('一二二') })
  t.ok(
    gateway.observed.every((each) => each.type !== 'answer' || (each.totalMs > 0 && each.totalMs < 20_000)),
  )
})

t.test('what a connection held is let go with it', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router, timing: { awayMs: 50, keepMs: 50 } })
  for (let at = 0; at < 5; at++) {
    const box = await dialAndAuthenticate(gateway.url, gateway.newBox())
    box.ask()
    const play = await router.next()
    play.sink.text('answer', 'x'.repeat(5000))
    box.socket.terminate()
  }
  await until(() => {
    const { connections, running, heldBytes, detachedAnswers, detachedBytes } = gateway.gateway.state()
    return connections + running + heldBytes + detachedAnswers + detachedBytes === 0
  })
  t.equal((await gateway.accounts.usage({})).length, 5, 'and every box has paid')
})

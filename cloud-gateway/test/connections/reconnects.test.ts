/** Boxes that come back again and again, as behind a bad line. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { gatewayLimits } from '../../src/timing.ts'
import { type TestGateway, testGateway, until } from '../support/gateway.ts'
import { dialAndAuthenticate, type Place } from '../support/raw-box.ts'
import { type Play, scriptedRouter } from '../support/scripted-router.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function heapUsed(gateway: TestGateway): Promise<number> {
  gateway.log.length = 0
  gateway.observed.length = 0
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    collect()
  }
  return process.memoryUsage().heapUsed
}

t.test('memory does not grow with reconnects, nor with answers that were taken up again', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], {
    router,
    timing: { awayMs: 300, keepMs: 300 },
    limits: { connects: { ...gatewayLimits.connects, each: { burst: 1e6, perMinute: 1e6 } } },
  })
  const box = gateway.newBox()

  /** One answer over `times` connections, each cut without a word; then one that is left behind for good. */
  async function reconnect(times: number): Promise<void> {
    let place: Place | null = null
    let play: Play | null = null
    for (let at = 0; at < times; at++) {
      const line = await dialAndAuthenticate(gateway.url, box, place ? [place] : undefined)
      const rid: string = place?.rid ?? line.ask()
      play ??= await router.next()
      play.sink.text('answer', `词${at}`)
      const { seq } = await line.next('delta', rid)
      place = { rid, epoch: 1, seq }
      line.socket.terminate()
      await line.closed
    }
    await until(() => play!.signal.aborted)
    await until(() => gateway.gateway.state().detachedAnswers === 0)
  }

  await reconnect(120)
  const before = await heapUsed(gateway)
  await reconnect(120)
  const grown = (await heapUsed(gateway)) - before
  t.ok(grown < 120 * 3500, `${Math.round(grown / 120)} bytes a reconnect`)
  const { connections, running, heldBytes, detachedBytes } = gateway.gateway.state()
  t.same(
    { connections, running, heldBytes, detachedBytes },
    { connections: 0, running: 0, heldBytes: 0, detachedBytes: 0 },
  )
})

import { setTimeout as pause } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import t from 'tap'
import type { AskError } from '../../src/errors.ts'
import type { ModelTimers } from '../../src/providers/provider.ts'
import { type ModelClock, startModelClock } from '../../src/routing/model-clock.ts'
import { until } from '../support/until.ts'

/** Nothing runs out unless a test says when. */
const patient: ModelTimers = {
  firstTokenMs: 60_000,
  idleMs: 60_000,
  rateWindowMs: 60_000,
  rateCharacters: 0,
  absoluteMs: 60_000,
}

function start(timers: Partial<ModelTimers>) {
  const expired: AskError[] = []
  const begun = performance.now()
  let afterMs = 0
  const clock: ModelClock = startModelClock({ ...patient, ...timers }, (error) => {
    afterMs = performance.now() - begun
    expired.push(error)
  })
  return {
    clock,
    expired,
    get afterMs() {
      return afterMs
    },
    async ends(code: string) {
      await until(() => expired.length > 0)
      await pause(20)
      t.same(
        expired.map((error) => error.code),
        [code],
        'once',
      )
    },
  }
}

/** Writes so many characters every `everyMs` for so long, and no further once the clock has run out. */
async function write(run: ReturnType<typeof start>, characters: number, everyMs: number, forMs: number) {
  const end = performance.now() + forMs
  while (performance.now() < end && run.expired.length === 0) {
    run.clock.text(characters)
    await pause(everyMs)
  }
}

t.test('a model that does not begin', async (t) => {
  const run = start({ firstTokenMs: 40 })
  await run.ends('first-token-timeout')
  t.ok(run.afterMs >= 40)
})

t.test('a model that falls silent', async (t) => {
  const run = start({ firstTokenMs: 2000, idleMs: 200 })
  await write(run, 5, 10, 300)
  const silentFrom = performance.now()
  t.same(run.expired, [], 'alive as long as it writes, also beyond the time of silence')
  await run.ends('idle-timeout')
  t.ok(performance.now() - silentFrom >= 150)
})

t.test('the first text may come later than any other', async (t) => {
  const run = start({ firstTokenMs: 5000, idleMs: 50 })
  await pause(150)
  t.same(run.expired, [])
  run.clock.text(1)
  await run.ends('idle-timeout')
  t.ok(run.afterMs < 4000, 'and from then on the shorter time holds')
})

t.test('a trickle that defeats the time of silence does not defeat the rate', async (t) => {
  const run = start({ idleMs: 2000, rateWindowMs: 150, rateCharacters: 100 })
  await write(run, 1, 10, 4000)
  await run.ends('too-slow')
  t.ok(run.afterMs >= 150)
})

t.test('a trickle after a good beginning is ended as well', async (t) => {
  const run = start({ idleMs: 2000, rateWindowMs: 150, rateCharacters: 100 })
  run.clock.text(10_000)
  await write(run, 1, 10, 4000)
  await run.ends('too-slow')
  t.ok(run.afterMs >= 300, 'what it wrote in one window does not count in the next')
})

t.test('a model that writes fast enough goes on through many windows', async (t) => {
  const run = start({ rateWindowMs: 100, rateCharacters: 5 })
  await write(run, 10, 10, 600)
  t.same(run.expired, [])
  run.clock.stop()
})

t.test('a model that does not stop writing', async (t) => {
  const run = start({ absoluteMs: 200 })
  await write(run, 10, 10, 4000)
  await run.ends('deadline')
  t.ok(run.afterMs >= 200)
})

t.test('time in which the box was slow does not count against the model', async (t) => {
  const run = start({ firstTokenMs: 400, idleMs: 400, rateWindowMs: 400, rateCharacters: 100 })
  run.clock.pause()
  await pause(600)
  run.clock.resume()
  t.same(run.expired, [], 'before the first text')
  run.clock.text(1000)
  run.clock.pause()
  await pause(600)
  run.clock.resume()
  await pause(50)
  t.same(run.expired, [], 'and after it')
  const goesOn = performance.now()
  await run.ends('idle-timeout')
  t.ok(performance.now() - goesOn >= 250, 'the model gets its whole time')
})

t.test('pauses nest, and a resume too many does nothing', async (t) => {
  const run = start({ firstTokenMs: 100 })
  run.clock.resume()
  run.clock.pause()
  run.clock.pause()
  run.clock.resume()
  await pause(200)
  t.same(run.expired, [])
  run.clock.resume()
  await run.ends('first-token-timeout')
})

t.test('only the absolute time goes on while the box is slow', async () => {
  const run = start({ absoluteMs: 100 })
  run.clock.pause()
  await run.ends('deadline')
})

t.test('text that arrived while this process was busy is read before the verdict', async (t) => {
  const run = start({ idleMs: 60 })
  run.clock.text(1)
  // As a socket would: its event comes after the timers of the same turn.
  const channel = new MessageChannel()
  t.teardown(() => channel.port1.close())
  const written = new Promise<void>((resolve) => {
    channel.port1.on('message', () => {
      run.clock.text(1)
      resolve()
    })
  })
  await pause(5)
  channel.port2.postMessage('text')
  const busyUntil = performance.now() + 200
  while (performance.now() < busyUntil);
  await written
  await pause(5)
  t.same(run.expired, [])
  run.clock.stop()
})

t.test('a stopped clock says nothing more', async (t) => {
  const run = start({ firstTokenMs: 30, absoluteMs: 30 })
  run.clock.stop()
  run.clock.text(1)
  run.clock.pause()
  run.clock.resume()
  await pause(100)
  t.same(run.expired, [])
})

t.test('text costs no timer', async (t) => {
  const original = globalThis.setTimeout
  let timers = 0
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    timers += 1
    return original(...args)
  }) as typeof setTimeout
  t.teardown(() => {
    globalThis.setTimeout = original
  })
  const run = start({})
  for (let n = 0; n < 10_000; n++) run.clock.text(3)
  t.ok(timers <= 2, `${timers} timers for 10,000 texts`)
  run.clock.stop()
})

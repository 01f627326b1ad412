import type { Test } from 'tap'
import type { Provider } from '../../src/providers/provider.ts'
import { askModel, modelRequest, recordingSink } from '../support/model-sink.ts'
import { never } from '../support/questions.ts'
import { until } from '../support/until.ts'

export interface ProviderUnderTest {
  /** Answers the question of `modelRequest()` in several pieces, and not all of them within one turn. */
  provider: Provider
  /** Requests that were given up at the model server; null where there is none. */
  abandoned: (() => number) | null
  /** Bytes of answers that the model server has got rid of, of a model that never ends; null where there is none. */
  endless: { provider: Provider; sentBytes: () => number } | null
}

/** What every way to a model keeps. */
export async function providerContract(t: Test, open: () => Promise<ProviderUnderTest>): Promise<void> {
  const { provider, abandoned, endless } = await open()

  await t.test('names its model', async (t) => {
    t.match(provider, { model: /./ })
  })

  await t.test('can be checked', async (t) => {
    await t.resolves(provider.check(never))
    await t.rejects(provider.check(AbortSignal.abort(new Error('before'))), { message: 'before' })
  })

  await t.test('counts a prompt, or says that it cannot', async (t) => {
    const count = (await provider.countPrompt?.(modelRequest().question, never)) ?? null
    t.ok(count === null || (Number.isSafeInteger(count) && count >= 0))
  })

  await t.test('writes in several pieces, none of them empty, and resolves after the last', async (t) => {
    const out = recordingSink()
    const finish = await provider.write(modelRequest(), out, never)
    const { length } = out.events
    const texts = out.events.filter(({ type }) => type === 'text')
    t.ok(texts.length > 1)
    t.ok(out.answer.length > 0)
    t.notOk(texts.some((event) => event.type === 'text' && event.text === ''))
    t.equal(finish.finish, 'stop')
    await new Promise((resolve) => setTimeout(resolve, 20))
    t.equal(out.events.length, length, 'nothing comes after the end')
  })

  await t.test('hands over what can be paused once, and lets go of it', async (t) => {
    const out = recordingSink()
    await provider.write(modelRequest(), out, never)
    t.match(out, { handedOver: 1, released: 1, upstream: null })
  })

  await t.test('answers two questions at a time', async (t) => {
    const [one, other] = await Promise.all([askModel(provider), askModel(provider)])
    t.ok(one.answer.length > 0)
    t.equal(one.answer, other.answer)
  })

  await t.test('stops at once when it is told to, and lets go of the model server', async (t) => {
    const stop = new AbortController()
    const before = abandoned?.() ?? 0
    const reason = new Error('enough')
    const out = recordingSink(() => stop.abort(reason))
    await t.rejects(provider.write(modelRequest(), out, stop.signal), reason)
    t.equal(out.released, out.handedOver)
    const { length } = out.events
    if (abandoned) await until(() => abandoned() === before + 1)
    t.equal(out.events.length, length, 'nothing comes after the stop')
  })

  await t.test('stops at once while it is held back', async (t) => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const out = recordingSink(({ upstream }) => {
      upstream?.pause()
      setTimeout(() => stop.abort(reason), 10)
    })
    await t.rejects(provider.write(modelRequest(), out, stop.signal), reason)
    t.equal(out.released, out.handedOver)
  })

  await t.test('does not begin when it has been told to stop before', async (t) => {
    const out = recordingSink()
    await t.rejects(provider.write(modelRequest(), out, AbortSignal.abort(new Error('before'))), {
      message: 'before',
    })
    t.same(out.events, [])
  })

  await t.test('says nothing while it is held back, and then the same as ever', async (t) => {
    const { answer } = await askModel(provider)
    let held = 0
    const out = recordingSink((sink) => {
      const upstream = sink.upstream
      if (!upstream) return
      const { length } = sink.events
      upstream.pause()
      setTimeout(() => {
        if (sink.events.length !== length) t.fail('went on while it was held back')
        held += 1
        upstream.resume()
      }, 5)
    })
    t.match(await provider.write(modelRequest(), out, never), { finish: 'stop' })
    t.equal(out.answer, answer)
    t.ok(held > 1)
  })

  await t.test('may be held back from the first moment, and let go in the same turn', async (t) => {
    const { answer } = await askModel(provider)
    const out = recordingSink(({ upstream }) => {
      upstream?.pause()
      upstream?.resume()
    })
    const { reading } = out
    out.reading = (upstream) => {
      upstream.pause()
      setTimeout(() => upstream.resume(), 10)
      return reading(upstream)
    }
    await provider.write(modelRequest(), out, never)
    t.equal(out.answer, answer)
  })

  if (endless) {
    await t.test('a model that is held back is really no longer read from', async (t) => {
      const stop = new AbortController()
      const out = recordingSink(({ upstream }) => upstream?.pause())
      const over = endless.provider.write(modelRequest(), out, stop.signal)
      over.catch(() => {})
      await until(() => out.events.some(({ type }) => type === 'text'))
      // The buffers of the two kernels fill, and then nothing moves any more.
      let sent = -1
      for (let tries = 0; sent !== endless.sentBytes() && tries < 60; tries++) {
        sent = endless.sentBytes()
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      const waiting = out.upstream?.waitingBytes ?? Number.NaN
      t.ok(waiting > 0 && waiting <= 72 * 1024, `${waiting} bytes wait in this process`)
      t.ok(sent < 64 * 1024 * 1024, `the server got rid of ${sent} bytes`)
      t.equal(out.events.filter(({ type }) => type === 'text').length, 1)
      out.upstream?.resume()
      await until(() => out.events.filter(({ type }) => type === 'text').length > 1)
      stop.abort(new Error('enough'))
      await t.rejects(over, { message: 'enough' })
    })
  }
}

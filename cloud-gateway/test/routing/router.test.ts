import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type AskErrorCode, askError } from '../../src/errors.ts'
import { never, question } from '../support/questions.ts'
import { scripted } from '../support/scripted.ts'
import { puppet, quick, target, testRouter } from '../support/targets.ts'
import { until } from '../support/until.ts'

const good = () =>
  scripted([{ answer: '好' }, { finish: 'stop', usage: { promptTokens: 7, completionTokens: 1 } }])
const bad = (code: AskErrorCode) => scripted([{ error: code }])
/** As drivers report a connection that was refused. */
const refused = () =>
  puppet(async () => {
    throw askError('model-unreachable', '', {
      cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
    })
  })

t.test('the first target answers, with its text, finish and usage', async (t) => {
  using all = testRouter([target('one', good()), target('two', good())])
  const asked = all.ask()
  t.match(await asked.done, { finish: 'stop', usage: { promptTokens: 7 }, target: { name: 'one' } })
  t.equal(asked.text, '好')
  t.same(asked.targets, ['one:null'])
  t.match(all.router.status(), [
    { name: 'one', circuit: 'closed', running: 0, queued: 0, lastFailure: null },
    {},
  ])
  t.equal(all.router.modelOf('default'), 'scripted')
  t.ok(all.router.has('default'))
  t.notOk(all.router.has('other'))
  t.equal(asked.released, 1, 'what was read is let go')
})

t.test('an alias must lead somewhere', async (t) => {
  t.throws(() => testRouter([target('one', good())], { aliases: new Map([['default', ['two']]]) }), /two/)
  t.throws(() => testRouter([target('one', good())], { aliases: new Map([['default', []]]) }), /default/)
  using all = testRouter([target('one', good())])
  await t.rejects(all.ask({ alias: 'other' }).done, { code: 'model-unknown' })
})

for (const code of [
  'model-unreachable',
  'model-connect-timeout',
  'model-auth',
  'model-balance',
  'model-missing',
  'model-overloaded',
  'model-error',
  'model-bad-response',
  'incomplete',
  'internal',
] as const) {
  t.test(`${code} before the first text: the next target answers, and the box is told why`, async (t) => {
    const first = bad(code)
    using all = testRouter([target('one', first), target('two', good())])
    const asked = all.ask()
    t.match(await asked.done, { target: { name: 'two' } })
    t.same(asked.targets, ['one:null', `two:${code}`])
    t.equal(first.asked, 1, 'asked once')
    t.match(all.observed[0], { type: 'target-failed', target: 'one', code })
  })
}

for (const code of ['model-content', 'model-refused', 'bad-body', 'deadline', 'answer-too-long'] as const) {
  t.test(`${code} would come again elsewhere: nobody else is asked`, async (t) => {
    const second = good()
    using all = testRouter([target('one', bad(code)), target('two', second)])
    await t.rejects(all.ask().done, { code })
    t.equal(second.asked, 0)
  })
}

for (const text of [{ answer: '好' }, { reasoning: '想' }]) {
  t.test(`never after the first text (${Object.keys(text)}): the error goes through`, async (t) => {
    const second = good()
    using all = testRouter([target('one', scripted([text, { error: 'model-error' }])), target('two', second)])
    await t.rejects(all.ask().done, { code: 'model-error' })
    t.equal(second.asked, 0)
  })
}

t.test('a refused connection is tried once more at the same target, then the next one', async (t) => {
  const first = refused()
  using all = testRouter([target('one', first), target('two', good())])
  const asked = all.ask()
  await asked.done
  t.equal(first.requests.length, 2)
  t.same(asked.targets, ['one:null', 'two:model-unreachable'])
})

t.test('a target that is just starting answers at the second try', async (t) => {
  let tries = 0
  const first = puppet(async (_, out) => {
    tries += 1
    if (tries === 1) {
      const cause = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
      throw askError('model-unreachable', '', { cause })
    }
    out.text('answer', '好')
    return { finish: 'stop', usage: null }
  })
  using all = testRouter([target('one', first)])
  const asked = all.ask()
  t.match(await asked.done, { finish: 'stop' })
  t.same(asked.targets, ['one:null'])
})

t.test(
  'a connection that broke after the request was sent is not tried again: it may have been paid for',
  async (t) => {
    const first = puppet(async () => {
      throw askError('model-unreachable', '', {
        cause: Object.assign(new Error('no'), { code: 'ECONNRESET' }),
      })
    })
    using all = testRouter([target('one', first)])
    await t.rejects(all.ask().done, { code: 'model-unreachable' })
    t.equal(first.requests.length, 1)
  },
)

t.test('when all fail, the error is that of the first', async (t) => {
  using all = testRouter([
    target('one', bad('model-error')),
    target('two', bad('model-overloaded')),
    target('three', bad('model-auth')),
  ])
  await t.rejects(all.ask().done, { code: 'model-error' })
})

t.test(
  'the box goes away: its reason comes back, the model is stopped, and the circuit does not care',
  async (t) => {
    const model = scripted([{ answer: '好' }, 'hang'])
    using all = testRouter([target('one', model)])
    const reason = new Error('gone')
    for (let n = 0; n < 20; n++) {
      const stop = new AbortController()
      const asked = all.ask({}, stop.signal)
      await until(() => asked.text !== '')
      stop.abort(reason)
      await t.rejects(asked.done, reason)
      t.equal(asked.released, 1)
    }
    t.equal(model.stopped, 20)
    t.match(all.router.status(), [{ circuit: 'closed', running: 0, lastFailure: null }])
    t.match(all.observed.at(-1), { type: 'attempt', code: 'aborted' })
  },
)

t.test('an aborted question is not asked at all', async (t) => {
  const model = good()
  using all = testRouter([target('one', model)])
  const reason = new Error('gone')
  await t.rejects(all.ask({}, AbortSignal.abort(reason)).done, reason)
  t.equal(model.asked, 0)
})

t.test('the deadline holds for who waits for a turn, too', async (t) => {
  const model = scripted(['hang'])
  using all = testRouter([target('one', model, { concurrency: 1 })])
  const first = new AbortController()
  all.ask({}, first.signal)
  const second = all.ask({}, AbortSignal.timeout(30))
  await t.rejects(second.done, { name: 'TimeoutError' })
  t.same(second.positions, [1])
  t.match(all.router.status(), [{ running: 1, queued: 0 }])
  t.equal(model.asked, 1)
  first.abort(new Error('over'))
})

t.test('a box with fifty waiting questions does not delay another box', async (t) => {
  let ends: (() => void)[] = []
  const order: string[] = []
  const model = puppet(async (request) => {
    order.push(request.question.question)
    await new Promise<void>((resolve) => ends.push(resolve))
    return { finish: 'stop', usage: null }
  })
  using all = testRouter([target('one', model, { concurrency: 2 })])
  for (let n = 0; n < 50; n++) all.ask({ question: question({ question: `flood ${n}` }) })
  const asked = all.ask({ box: 'box-b', question: question({ question: 'other' }) })
  await pause(20)
  t.same(asked.positions, [1])
  while (order.length < 51) {
    const now = ends
    ends = []
    for (const end of now) end()
    await pause(1)
  }
  t.equal(order.indexOf('other'), 2)
  for (const end of ends) end()
})

t.test('a full queue is no end where another target has room', async (t) => {
  const busy = scripted(['hang'])
  using all = testRouter([target('one', busy, { concurrency: 1 }), target('two', good())], {
    settings: { queue: { most: 1, mostPerBox: 1, tellEveryMs: 20 } },
  })
  const stop = new AbortController()
  all.ask({ box: 'box-a' }, stop.signal)
  all.ask({ box: 'box-b' }, stop.signal)
  await until(() => all.router.status()[0]!.queued === 1)
  const asked = all.ask({ box: 'box-c' })
  t.match(await asked.done, { target: { name: 'two' } })
  t.same(asked.targets, ['two:queue-full'])
  await t.rejects(all.ask({ box: 'box-b' }).done, { code: 'queue-full' }, 'but not for who filled it')
  stop.abort(new Error('over'))
})

t.test('an open circuit: the next target at once, and nobody waits where nobody is asked', async (t) => {
  const first = bad('model-error')
  using all = testRouter([target('one', first), target('two', good())])
  for (let n = 0; n < 5; n++) await all.ask().done
  t.match(all.router.status()[0], { circuit: 'open', lastFailure: 'model-error' })
  t.match(all.log, [{ event: 'circuit-opened', fields: { target: 'one', code: 'model-error' } }])
  const asked = all.ask()
  await asked.done
  t.same(asked.targets, ['two:model-circuit-open'])
  t.equal(first.asked, 5)
})

t.test('a single target that fails again and again: at once, and it says when to come back', async (t) => {
  using all = testRouter([target('one', bad('model-error'))])
  for (let n = 0; n < 5; n++) await t.rejects(all.ask().done, { code: 'model-error' })
  const asked = all.ask()
  await t.rejects(asked.done, { code: 'model-circuit-open', retryable: true, retryAfterMs: /\d/ })
  t.same(asked.targets, [])
})

t.test('where a person must act, everybody hears of that', async (t) => {
  const model = bad('model-auth')
  using all = testRouter([target('one', model)])
  await t.rejects(all.ask().done, { code: 'model-auth' })
  await t.rejects(all.ask().done, { code: 'model-auth', retryable: false })
  t.equal(model.asked, 1)
})

t.test('who waits while the circuit opens goes on to the next target', async (t) => {
  const fails: (() => void)[] = []
  const first = puppet(() => new Promise((_, reject) => fails.push(() => reject(askError('model-auth')))))
  using all = testRouter([target('one', first, { concurrency: 1 }), target('two', good())])
  all.ask()
  const waiting = all.ask()
  await until(() => waiting.positions.length === 1 && fails.length === 1)
  fails[0]!()
  t.match(await waiting.done, { target: { name: 'two' } })
  t.same(waiting.targets, ['one:null', 'two:model-auth'])
  t.equal(first.requests.length, 1)
})

t.test('after the back-off one question tries, the others go elsewhere; then all come back', async (t) => {
  let mode: 'fail' | 'wait' = 'fail'
  let end = () => {}
  const first = puppet(async (_, out) => {
    if (mode === 'fail') throw askError('model-error')
    await new Promise<void>((resolve) => {
      end = resolve
    })
    out.text('answer', '好')
    return { finish: 'stop', usage: null }
  })
  using all = testRouter([target('one', first), target('two', good())], {
    settings: { circuit: { ...quick.circuit, backOffMs: 30 } },
  })
  for (let n = 0; n < 5; n++) await all.ask().done
  mode = 'wait'
  await until(() => all.router.status()[0]!.circuit === 'half-open')
  const asked = Array.from({ length: 10 }, () => all.ask({}))
  await until(() => first.requests.length === 6)
  await Promise.all(asked.slice(1).map(({ done }) => done))
  t.equal(first.requests.length, 6, 'exactly one')
  end()
  t.match(await asked[0]!.done, { target: { name: 'one' } })
  t.equal(all.router.status()[0]!.circuit, 'closed')
  t.match(all.log.at(-1), { event: 'circuit-closed' })
})

t.test('an overloaded target rests for a while, and who has nowhere else to go waits for it', async (t) => {
  let overloaded = true
  const model = puppet(async (_, out) => {
    if (overloaded) throw askError('model-overloaded', '', { retryAfterMs: 80 })
    out.text('answer', '好')
    return { finish: 'stop', usage: null }
  })
  using all = testRouter([target('one', model)])
  await t.rejects(all.ask().done, { code: 'model-overloaded', retryAfterMs: 80 })
  overloaded = false
  const begun = performance.now()
  const asked = all.ask()
  await asked.done
  t.ok(performance.now() - begun >= 60)
  t.same(asked.positions, [1])
})

t.test('while one target rests, another one is asked', async (t) => {
  const first = bad('model-overloaded')
  using all = testRouter([target('one', first), target('two', good())])
  await all.ask().done
  const asked = all.ask()
  await asked.done
  t.same(asked.targets, ['two:model-overloaded'])
  t.equal(first.asked, 1)
})

t.test('a target whose health check fails is passed over while another is healthy', async (t) => {
  const first = good()
  const second = good()
  first.failCheck('model-unreachable')
  using all = testRouter([target('one', first), target('two', second)], {
    settings: { health: { everyMs: 15, soonMs: 10, limitMs: 1000 } },
  })
  await until(() => all.router.status()[0]!.healthy === false && all.router.status()[1]!.healthy === true)
  t.match(all.log, [{ event: 'target-unhealthy', fields: { target: 'one', code: 'model-unreachable' } }])
  const asked = all.ask()
  await asked.done
  t.same(asked.targets, ['two:model-unreachable'])
  second.failCheck('model-unreachable')
  await until(() => all.router.status()[1]!.healthy === false)
  t.match(await all.ask().done, { target: { name: 'one' } }, 'the checks may be wrong')
  t.equal(all.router.status()[0]!.circuit, 'closed', 'checks are no traffic')
  first.failCheck(null)
  await until(() => all.router.status()[0]!.healthy === true)
})

t.test('a target that could not be reached is back as soon as a check reaches it', async (t) => {
  let up = false
  const cause = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
  const model = puppet(
    async (_, out) => {
      if (!up) throw askError('model-unreachable', '', { cause })
      out.text('answer', '好')
      return { finish: 'stop', usage: null }
    },
    {
      async check() {
        if (!up) throw askError('model-unreachable', '', { cause })
      },
    },
  )
  using all = testRouter([target('one', model)], {
    settings: { health: { everyMs: 20, soonMs: 10, limitMs: 1000 } },
  })
  while (all.router.status()[0]!.circuit === 'closed') await all.ask().done.catch(() => {})
  up = true
  await until(() => all.router.status()[0]!.circuit === 'closed')
  t.match(await all.ask().done, { finish: 'stop' })
})

t.test('targets whose context the prompt does not fit into are passed over', async (t) => {
  const small = good()
  using all = testRouter([
    target('small', small, { contextTokens: 1000 }),
    target('large', good(), { contextTokens: 4000 }),
  ])
  const asked = all.ask({ promptTokens: 1000 })
  t.match(await asked.done, { target: { name: 'large' } })
  t.same(asked.targets, ['large:model-prompt-too-long'])
  t.match(
    await all.ask({ promptTokens: 999 }).done,
    { target: { name: 'small' } },
    'one token is room enough',
  )
  await t.rejects(all.ask({ promptTokens: 4000 }).done, { code: 'model-prompt-too-long' })
})

t.test('the answer is cut to what fits beside the prompt', async (t) => {
  const model = good()
  using all = testRouter([target('one', model, { contextTokens: 1000 })])
  await all.ask({ promptTokens: 900, maxTokens: 500 }).done
  await all.ask({ promptTokens: 100, maxTokens: 500 }).done
  t.same(
    model.requests.map(({ maxTokens }) => maxTokens),
    [100, 500],
  )
})

t.test('a prompt that the server finds too long goes to a larger one only', async (t) => {
  const same = good()
  using all = testRouter([
    target('one', bad('model-prompt-too-long'), { contextTokens: 4000 }),
    target('same', same, { contextTokens: 4000 }),
    target('large', good(), { contextTokens: 8000 }),
  ])
  const asked = all.ask()
  t.match(await asked.done, { target: { name: 'large' } })
  t.equal(same.asked, 0)
  using only = testRouter([
    target('one', bad('model-prompt-too-long'), { contextTokens: 4000 }),
    target('same', same, { contextTokens: 4000 }),
  ])
  await t.rejects(only.ask().done, { code: 'model-prompt-too-long' })
  t.equal(same.asked, 0)
})

t.test("the timers of a target hold, and their end is the target's failure", async (t) => {
  const timers = { ...target('x', good()).timers, firstTokenMs: 30 }
  const model = scripted(['hang'])
  using all = testRouter([target('one', model, { timers }), target('two', good())])
  const asked = all.ask()
  await asked.done
  t.same(asked.targets, ['one:null', 'two:first-token-timeout'])
  t.equal(model.stopped, 1, 'the request to the model server is closed')
})

t.test('a box that is slow to read does not make its model late', async (t) => {
  const timers = { ...target('x', good()).timers, idleMs: 60, rateWindowMs: 60, rateCharacters: 30 }
  const model = scripted([{ answer: '好' }, { waitMs: 20 }, { answer: '的'.repeat(40) }, { finish: 'stop' }])
  using all = testRouter([target('one', model, { timers })])
  const asked = all.ask()
  await until(() => asked.text === '好')
  asked.upstream!.pause()
  await pause(300)
  asked.upstream!.resume()
  t.match(await asked.done, { finish: 'stop' })
  t.equal(asked.text.length, 41)
})

t.test('the trace reaches the model server as the box said it, or as the gateway makes it', async (t) => {
  const model = good()
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  using plain = testRouter([target('one', model)])
  await plain.ask({ traceparent }).done
  using made = testRouter([target('one', model)], {
    traceparentOf: ({ rid }, attempt) => `${rid}/${attempt}`,
  })
  await made.ask({ rid: 'r', traceparent }).done
  t.same(
    model.requests.map((request) => request.traceparent),
    [traceparent, 'r/1'],
  )
})

t.test('each attempt is observed, with its waiting and its end', async (t) => {
  using all = testRouter([target('one', bad('model-error')), target('two', good())])
  await all.ask({ rid: 'r' }).done
  t.match(
    all.observed.filter(({ type }) => type === 'attempt'),
    [
      { rid: 'r', number: 1, target: 'one', code: 'model-error', firstTokenMs: null, askedMs: Number },
      {
        rid: 'r',
        number: 2,
        target: 'two',
        code: null,
        firstTokenMs: Number,
        queuedMs: Number,
        model: 'scripted',
      },
    ],
  )
})

t.test('closing sends away who waits', async (t) => {
  const all = testRouter([target('one', scripted(['hang']), { concurrency: 1 })])
  const stop = new AbortController()
  all.ask({}, stop.signal)
  const waiting = all.ask()
  await until(() => waiting.positions.length === 1)
  all.router.close()
  await t.rejects(waiting.done, { code: 'draining' })
  stop.abort(new Error('over'))
})

// ---- drivers that break their contract ---------------------------------------------------------------------

t.test(
  'a driver that throws at once, or something strange, is an internal failure and hurts nobody else',
  async (t) => {
    const broken = [
      puppet(() => {
        throw new TypeError('x is not a function')
      }),
      puppet(async () => {
        throw new TypeError('x is not a function')
      }),
      puppet(async () => {
        throw 'a string'
      }),
      puppet(async () => undefined as never),
      puppet(async () => ({ finish: 'cancelled' as never, usage: null })),
    ]
    for (const provider of broken) {
      using all = testRouter([target('one', provider)])
      await t.rejects(all.ask().done, { code: 'internal' })
      t.match(all.router.status(), [{ running: 0, queued: 0 }])
      using two = testRouter([target('one', provider), target('two', good())])
      t.match(await two.ask().done, { target: { name: 'two' } })
    }
  },
)

t.test('a driver that goes on after its end or after the abort is not heard any more', async (t) => {
  const late: (() => void)[] = []
  const model = puppet((_, out, signal) => {
    late.push(() => {
      out.text('answer', 'late')
      out.usage({ promptTokens: 1, completionTokens: 1 })
      out.progress('prefill')
      out.reading({ pause() {}, resume() {}, waitingBytes: 0 })()
    })
    out.text('answer', '好')
    return late.length === 1
      ? Promise.resolve({ finish: 'stop', usage: null })
      : new Promise((_, reject) =>
          signal.addEventListener('abort', () => setTimeout(() => reject(new Error('too late')), 5)),
        )
  })
  using all = testRouter([target('one', model)])
  const ended = all.ask()
  await ended.done
  const stop = new AbortController()
  const aborted = all.ask({}, stop.signal)
  await until(() => aborted.text === '好')
  const reason = new Error('gone')
  stop.abort(reason)
  await t.rejects(aborted.done, reason)
  for (const go of late) go()
  await pause(20)
  t.equal(ended.text + aborted.text, '好好')
  t.equal(ended.upstream ?? aborted.upstream, null)
})

t.test('a driver that ignores the abort keeps neither its asker nor its place', async (t) => {
  const model = puppet((_, out) => {
    out.text('answer', '好')
    return new Promise(() => {})
  })
  using all = testRouter([target('one', model, { concurrency: 1 })])
  for (let n = 0; n < 3; n++) {
    const stop = new AbortController()
    const asked = all.ask({}, stop.signal)
    await until(() => asked.text === '好')
    stop.abort(new Error('gone'))
    await t.rejects(asked.done, { message: 'gone' })
  }
  t.match(all.router.status(), [{ running: 0 }])
})

t.test('a sink that throws ends its own answer and not the process', async (t) => {
  const model = puppet((_, out) => {
    // As from a socket: nobody above would catch it.
    setImmediate(() => out.text('answer', '好'))
    return new Promise(() => {})
  })
  using all = testRouter([target('one', model)])
  const sink = {
    target() {},
    progress() {},
    text() {
      throw new RangeError('full')
    },
    usage() {},
    reading: () => () => {},
  }
  const request = {
    rid: 'r',
    epoch: 1,
    alias: 'default',
    box: 'a',
    question: question(),
    promptTokens: 1,
    maxTokens: 1,
    traceparent: null,
  }
  await t.rejects(all.router.answer(request, sink, never), { code: 'internal' })
})

// ---- counting prompts --------------------------------------------------------------------------------------

t.test('the prompt is counted by the model server, or else estimated', async (t) => {
  const count = async (more: object) => {
    using all = testRouter([
      target(
        'one',
        puppet(async () => ({ finish: 'stop', usage: null }), more),
      ),
    ])
    return all.router.countPrompt('default', question(), never)
  }
  t.equal(await count({}), 100, 'it cannot')
  t.equal(await count({ countPrompt: async () => 42 }), 42)
  t.equal(await count({ countPrompt: async () => null }), 100, 'it does not know')
  t.equal(await count({ countPrompt: async () => -1 }), 100, 'nonsense')
  t.equal(await count({ countPrompt: async () => Number.NaN }), 100)
  t.equal(
    await count({
      countPrompt() {
        throw new TypeError('no')
      },
    }),
    100,
  )
})

t.test('a slow count is not waited for, and not asked for again soon', async (t) => {
  let asked = 0
  let stopped = 0
  const model = puppet(async () => ({ finish: 'stop', usage: null }), {
    countPrompt(_, signal) {
      asked += 1
      signal.addEventListener('abort', () => {
        stopped += 1
      })
      return new Promise(() => {})
    },
  })
  using all = testRouter([target('one', model)], { settings: { countMs: 30 } })
  const begun = performance.now()
  t.equal(await all.router.countPrompt('default', question(), never), 100)
  t.ok(performance.now() - begun < 2000)
  t.equal(stopped, 1)
  t.equal(await all.router.countPrompt('default', question(), never), 100)
  t.equal(asked, 1)
})

t.test('counting ends when the asker goes', async (t) => {
  const model = puppet(async () => ({ finish: 'stop', usage: null }), {
    countPrompt: () => new Promise(() => {}),
  })
  using all = testRouter([target('one', model)], { settings: { countMs: 10_000 } })
  const stop = new AbortController()
  const counting = all.router.countPrompt('default', question(), stop.signal)
  const reason = new Error('gone')
  stop.abort(reason)
  await t.rejects(counting, reason)
})

t.test('a target that is left alone is not asked to count either', async (t) => {
  let counts = 0
  const model = puppet(
    async () => {
      throw askError('model-auth')
    },
    {
      async countPrompt() {
        counts += 1
        return 42
      },
    },
  )
  using all = testRouter([target('one', model)])
  await all.ask().done.catch(() => {})
  t.equal(await all.router.countPrompt('default', question(), never), 100)
  t.equal(counts, 0)
})

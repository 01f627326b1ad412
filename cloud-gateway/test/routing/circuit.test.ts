import t from 'tap'
import { type AskErrorCode, askError } from '../../src/errors.ts'
import { type CircuitSettings, circuitSettings, createCircuit } from '../../src/routing/circuit.ts'
import { createRandom } from '../support/random.ts'

function circuit(settings: Partial<CircuitSettings> = {}, random = () => 0.5) {
  let time = 1000
  const changes: string[] = []
  const made = createCircuit(
    { ...circuitSettings, ...settings },
    random,
    (state, cause) => changes.push(cause ? `${state} ${cause}` : state),
    () => time,
  )
  const fail = (code: AskErrorCode, options = {}) => made.admit()!.failed(askError(code, '', options))
  return {
    circuit: made,
    changes,
    fail,
    open(code: AskErrorCode = 'model-error') {
      while (made.state === 'closed') fail(code)
    },
    pass(ms: number) {
      time += ms
    },
  }
}

for (const code of [
  'model-unreachable',
  'model-connect-timeout',
  'model-error',
  'first-token-timeout',
  'idle-timeout',
  'too-slow',
  'incomplete',
  'model-bad-response',
  'internal',
] as const) {
  t.test(`${code} again and again opens it, and then nobody is let through`, async (t) => {
    const { circuit: made, fail, changes } = circuit()
    for (let n = 0; n < 4; n++) fail(code)
    t.equal(made.state, 'closed')
    fail(code)
    t.equal(made.state, 'open')
    t.same(changes, [`open ${code}`])
    t.equal(made.admit(), null)
    t.equal(made.admits, false)
    t.match(made.refusal(), { code: 'model-circuit-open', retryable: true, retryAfterMs: 5000 })
  })
}

t.test('a client that goes away never opens it', async (t) => {
  const { circuit: made } = circuit()
  for (let n = 0; n < 1000; n++) made.admit()!.withdrawn()
  t.equal(made.state, 'closed')
})

for (const code of [
  'model-content',
  'model-refused',
  'model-prompt-too-long',
  'deadline',
  'answer-too-long',
] as const) {
  t.test(`${code} is not the target's failure, however often`, async (t) => {
    const { circuit: made, fail } = circuit()
    for (let n = 0; n < 1000; n++) fail(code)
    t.equal(made.state, 'closed')
  })
}

t.test('a few failures among many answers do not open it, half of them do', async (t) => {
  const { circuit: made, fail } = circuit()
  for (let n = 0; n < 400; n++) {
    if (n % 4 === 0) fail('model-error')
    else made.admit()!.succeeded()
  }
  t.equal(made.state, 'closed')
  for (let n = 0; n < 64 && made.state === 'closed'; n++) {
    if (n % 2 === 0) made.admit()!.succeeded()
    else fail('model-error')
  }
  t.equal(made.state, 'open')
})

t.test('failures of long ago are forgotten', async (t) => {
  const { circuit: made, fail, pass } = circuit()
  for (let n = 0; n < 100; n++) {
    fail('model-error')
    pass(20_000)
  }
  t.equal(made.state, 'closed')
})

for (const code of ['model-auth', 'model-balance', 'model-missing'] as const) {
  t.test(`${code} opens it at once, tells why, and tries seldom`, async (t) => {
    const { circuit: made, fail, pass } = circuit()
    fail(code)
    t.equal(made.state, 'open')
    t.match(made.refusal(), { code, retryable: false })
    t.equal(made.waitsForPerson, true)
    pass(59_000)
    t.equal(made.admit(), null)
    pass(2000)
    t.equal(made.state, 'half-open')
    fail(code)
    pass(119_000)
    t.equal(made.admit(), null, 'twice as long the second time')
    pass(2000)
    t.ok(made.admit())
  })
}

t.test('after the back-off exactly one tries; the others are turned away until it is over', async (t) => {
  const { circuit: made, open, pass } = circuit()
  open()
  pass(5000)
  t.equal(made.state, 'half-open')
  const one = made.admit()
  t.ok(one)
  for (let n = 0; n < 10; n++) t.equal(made.admit(), null)
  t.equal(made.admitCheck(), null, 'not even a health check')
  one!.withdrawn()
  const another = made.admit()
  t.ok(another, 'who went away has shown nothing: the next one tries')
  another!.succeeded()
  t.equal(made.state, 'closed')
  t.ok(made.admit() && made.admit())
})

t.test('a health check that tries keeps answers out, too', async (t) => {
  const { circuit: made, open, pass } = circuit()
  open('model-unreachable')
  const check = made.admitCheck()!
  pass(5000)
  t.equal(made.admit(), null)
  check.succeeded()
  t.equal(made.state, 'closed')
})

t.test(
  'a target that could not be reached is back when a check succeeds, also before the back-off is over',
  async (t) => {
    const { circuit: made, open } = circuit()
    open('model-unreachable')
    made.admitCheck()!.succeeded()
    t.equal(made.state, 'closed')
  },
)

t.test('a check that succeeds does not show that answers are whole again: one answer has to', async (t) => {
  const { circuit: made, open } = circuit()
  open('incomplete')
  made.admitCheck()!.succeeded()
  t.equal(made.state, 'half-open', 'but it may try now')
  const one = made.admit()!
  one.begun()
  t.equal(made.state, 'half-open', 'nor does its first text')
  one.succeeded()
  t.equal(made.state, 'closed')
})

t.test(
  'what failed before the first text is over when there is one: nobody waits for a long answer',
  async (t) => {
    const { circuit: made, open, pass } = circuit()
    open('model-error')
    pass(5000)
    const one = made.admit()!
    one.begun()
    t.equal(made.state, 'closed')
    t.ok(made.admit())
  },
)

t.test('checks open nothing and do not make the back-off grow', async (t) => {
  const { circuit: made, open, pass } = circuit()
  for (let n = 0; n < 100; n++) made.admitCheck()!.failed(askError('model-auth'))
  t.equal(made.state, 'closed')
  open('model-unreachable')
  for (let n = 0; n < 10; n++) {
    made.admitCheck()!.failed(askError('model-unreachable'))
    pass(100)
  }
  pass(5000)
  t.equal(made.state, 'half-open')
  made.admitCheck()!.failed(askError('model-unreachable'))
  t.equal(made.state, 'open', 'no question is spent on what a check has just seen')
})

t.test('the back-off doubles up to a minute, and starts anew after a whole answer', async (t) => {
  const { circuit: made, open, fail, pass } = circuit()
  const waits = []
  open()
  for (let n = 0; n < 6; n++) {
    waits.push(made.tryInMs)
    pass(made.tryInMs)
    fail('model-error')
  }
  t.same(waits, [5000, 10_000, 20_000, 40_000, 60_000, 60_000])
  pass(60_000)
  made.admit()!.succeeded()
  open()
  t.equal(made.tryInMs, 5000)
})

t.test('tries are spread by chance', async (t) => {
  const random = createRandom(7)
  const waits = Array.from({ length: 50 }, () => {
    const { circuit: made, open } = circuit({}, random.next)
    open()
    return made.tryInMs
  })
  t.ok(Math.min(...waits) >= 3750 && Math.max(...waits) <= 6250)
  t.ok(Math.max(...waits) - Math.min(...waits) > 1000)
})

t.test('answers that were under way when it opened have no say afterwards', async (t) => {
  const { circuit: made, open, pass } = circuit()
  const early = [made.admit()!, made.admit()!, made.admit()!]
  open()
  early[0]!.succeeded()
  t.equal(made.state, 'open')
  const { tryInMs } = made
  early[1]!.failed(askError('model-error'))
  t.equal(made.tryInMs, tryInMs)
  pass(5000)
  made.admit()!.succeeded()
  for (let n = 0; n < 4; n++) made.admit()!.failed(askError('model-error'))
  early[2]!.failed(askError('model-error'))
  t.equal(made.state, 'closed')
})

t.test('a verdict counts once', async (t) => {
  const { circuit: made } = circuit({ share: 0 })
  const one = made.admit()!
  for (let n = 0; n < 20; n++) one.failed(askError('model-error'))
  t.equal(made.state, 'closed')
})

t.test('an overloaded target rests, as long as it said or a little longer each time', async (t) => {
  const { circuit: made, fail, pass } = circuit()
  const rest = () => made.restsUntil - 1000
  fail('model-overloaded', { retryAfterMs: 3000 })
  t.equal(made.state, 'closed')
  t.equal(rest(), 3000)
  pass(3000)
  fail('model-overloaded')
  t.equal(rest(), 3000 + 2000)
  pass(2000)
  fail('model-overloaded')
  t.equal(rest(), 5000 + 4000)
  pass(4000)
  made.admit()!.succeeded()
  fail('model-overloaded')
  t.equal(rest(), 9000 + 1000, 'from the start after an answer')
})

t.test('overload opens it only when it persists', async (t) => {
  const { circuit: made, fail, pass, changes } = circuit()
  for (let n = 0; n < 4; n++) {
    fail('model-overloaded')
    pass(20_000)
  }
  t.equal(made.state, 'closed')
  fail('model-overloaded')
  t.equal(made.state, 'open')
  t.same(changes, ['open model-overloaded'])
})

t.test('eight answers refused at once are one overload', async (t) => {
  const { circuit: made, pass } = circuit()
  const at = Array.from({ length: 8 }, () => made.admit()!)
  pass(10)
  for (const permit of at) {
    permit.failed(askError('model-overloaded'))
    pass(1)
  }
  t.equal(made.state, 'closed')
})

t.test('a long rest that the server asks for is kept as an open circuit', async (t) => {
  const { circuit: made, fail, pass } = circuit()
  fail('model-overloaded', { retryAfterMs: 45_000 })
  t.match(made.refusal(), { code: 'model-circuit-open', retryAfterMs: 45_000 })
  pass(44_000)
  t.equal(made.admit(), null)
  pass(1000)
  t.ok(made.admit())
})

/** Whatever happens in whatever order, at most one tries an open target, and a closed one is never locked. */
for (let seed = 1; seed <= 40; seed++) {
  t.test(`never more than one try at a time, seed ${seed}`, async (t) => {
    const random = createRandom(seed)
    const { circuit: made, pass } = circuit({}, random.next)
    const codes: AskErrorCode[] = [
      'model-error',
      'model-auth',
      'model-overloaded',
      'incomplete',
      'model-content',
    ]
    let permits: { permit: NonNullable<ReturnType<typeof made.admit>>; tries: boolean }[] = []
    for (let step = 0; step < 2000; step++) {
      pass(random.below(3000))
      if (random.chance(0.4)) {
        const closed = made.state === 'closed'
        const permit = random.chance(0.2) ? made.admitCheck() : made.admit()
        if (closed && !permit) t.fail('a closed circuit let nobody through')
        if (permit) permits.push({ permit, tries: !closed })
        if (permits.filter(({ tries }) => tries).length > 1) t.fail('two try at a time')
      } else if (permits.length > 0) {
        const at = random.below(permits.length)
        const { permit } = permits[at]!
        const action = random.below(5)
        if (action === 0) {
          permit.begun()
          if (made.state === 'closed') permits = permits.map((each) => ({ ...each, tries: false }))
          continue
        }
        permits.splice(at, 1)
        if (action === 1) permit.succeeded()
        else if (action === 2) permit.withdrawn()
        else permit.failed(askError(random.pick(codes)))
      }
    }
    for (const { permit } of permits) permit.withdrawn()
    pass(3_600_000)
    t.ok(made.admit(), 'in the end somebody may try')
  })
}

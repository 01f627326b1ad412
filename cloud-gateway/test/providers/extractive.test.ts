import t from 'tap'
import { extract } from '../../src/extractive.ts'
import type { AskBody } from '../../src/protocol.ts'
import { createExtractiveProvider } from '../../src/providers/extractive.ts'
import { providerContract } from '../contracts/provider.ts'
import { modelRequest, recordingSink } from '../support/model-sink.ts'
import { never, question } from '../support/questions.ts'
import { scripted } from '../support/scripted.ts'
import { until } from '../support/until.ts'

t.test('quoting sentences', (t) =>
  providerContract(t, async () => ({
    provider: createExtractiveProvider(),
    abandoned: null,
    endless: null,
  })),
)

t.test('the stand-in of other tests', (t) =>
  providerContract(t, async () => ({
    provider: scripted([{ answer: '能耗' }, { answer: '下降' }, { finish: 'stop' }]),
    abandoned: null,
    endless: null,
  })),
)

/** A third of what may be asked, in sentences of three characters. */
function longest(): AskBody {
  const text = Array.from(
    { length: 1600 },
    (_, at) => `${String.fromCharCode(0x4e00 + ((at * 7919) % 20_000))}碳。`,
  )
  const passage = { title: '能耗', where: '', text: text.join('') }
  return question({
    question: '碳的目标是多少？',
    passages: Array.from({ length: 8 }, (_, at) => ({ ...passage, n: at + 1 })),
  })
}

t.test('quoting from the longest passages holds up nobody else', async (t) => {
  const provider = createExtractiveProvider()
  const write = async (asked: AskBody, signal = never) => {
    const out = recordingSink()
    await provider.write({ ...modelRequest(), question: asked }, out, signal)
    return out.answer
  }
  const asked = longest()
  const expected = extract(asked)
  let longestTurn = 0
  let before = performance.now()
  const turns = setInterval(() => {
    longestTurn = Math.max(longestTurn, performance.now() - before)
    before = performance.now()
  }, 5)
  t.teardown(() => clearInterval(turns))
  const cancelled = new AbortController()
  const order: string[] = []
  const done = (name: string) => () => void order.push(name)
  const all = [
    write(asked).then(done('first')),
    write(asked).then(done('long')),
    t.rejects(write(asked, cancelled.signal), { message: 'cancelled' }),
    write({ ...asked, passages: asked.passages.slice(0, 1) }).then(done('short')),
    write(question()).then(done('usual')),
  ]
  cancelled.abort(new Error('cancelled'))
  await until(() => order.includes('usual'))
  await Promise.all(all)
  t.same(order, ['usual', 'first', 'short', 'long'])
  t.ok(longestTurn < 1000, `nothing else happened for ${longestTurn} ms`)
  t.equal(await write(asked), expected, 'what is quoted is the same')
})

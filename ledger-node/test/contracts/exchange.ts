import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { Exchange, PeerRequest, PeerResponse } from '../../src/peers/exchange.ts'

export type Answer = (request: PeerRequest) => Promise<PeerResponse>

/** What every way to a peer does. `connect` serves `answer` on one side and gives the exchange of the other. */
export function exchangeContract(
  t: Test,
  connect: (t: Test, answer: Answer) => Promise<{ exchange: Exchange; cut: () => void }>,
): void {
  const octets = 'application/octet-stream'
  const enough = { maxBytes: 8 << 20 }
  const echo: Answer = async ({ method, path, body }) => ({
    status: 200,
    type: octets,
    body: Buffer.concat([Buffer.from(`${method} ${path} `), body ?? Buffer.alloc(0)]),
  })

  t.test('bytes arrive as they were sent, both ways', async (t) => {
    const { exchange } = await connect(t, echo)
    for (const length of [0, 1, 65_535, 65_536, 65_537, 1 << 20]) {
      const body = randomBytes(length)
      const answer = await exchange.request({ method: 'POST', path: '/gossip', body }, enough)
      t.ok(Buffer.concat([Buffer.from('POST /gossip '), body]).equals(answer.body), `${length} bytes`)
    }
    const got = await exchange.request({ method: 'GET', path: '/mirror/ab/checkpoint' }, enough)
    t.equal(Buffer.from(got.body).toString(), 'GET /mirror/ab/checkpoint ')
  })

  t.test('status, content type and immutability arrive exactly', async (t) => {
    const answers: PeerResponse[] = [
      { status: 409, type: 'text/x.tlog.size', body: Buffer.from('7\n') },
      { status: 200, type: octets, body: Buffer.from([0]), immutable: true },
      { status: 404, type: 'text/plain; charset=utf-8', body: Buffer.alloc(0) },
      { status: 200, type: 'text/plain; charset=utf-8', body: Buffer.from('é\n') },
    ]
    const { exchange } = await connect(t, async ({ path }) => answers[Number(path.slice(1))]!)
    for (const [index, { status, type, body, immutable = false }] of answers.entries()) {
      const answer = await exchange.request({ method: 'GET', path: `/${index}` }, enough)
      t.same([answer.status, answer.type, answer.immutable ?? false], [status, type, immutable])
      t.ok(Buffer.from(body).equals(answer.body))
    }
  })

  t.test('an answer of exactly the limit is taken, a longer one is an error', async (t) => {
    const large = randomBytes(300_000)
    const { exchange } = await connect(t, async () => ({ status: 200, type: octets, body: large }))
    const request: PeerRequest = { method: 'GET', path: '/x' }
    t.ok(large.equals((await exchange.request(request, { maxBytes: 300_000 })).body))
    await t.rejects(exchange.request(request, { maxBytes: 299_999 }), { name: 'Unreachable' })
    t.equal((await exchange.request(request, enough)).body.length, 300_000, 'the way is still open')
  })

  t.test('many requests at once are all answered, each with its own answer', async (t) => {
    const { exchange } = await connect(t, async (request) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
      return echo(request)
    })
    const all = Array.from({ length: 200 }, async (_, index) => {
      const body = randomBytes(index * 100)
      const answer = await exchange.request({ method: 'POST', path: `/${index}`, body }, enough)
      return Buffer.concat([Buffer.from(`POST /${index} `), body]).equals(answer.body)
    })
    t.ok((await Promise.all(all)).every(Boolean))
  })

  t.test('whoever asks may give up, before and while it waits', async (t) => {
    const { exchange } = await connect(t, ({ path }) =>
      path === '/never' ? new Promise(() => {}) : echo({ method: 'GET', path }),
    )
    const never: PeerRequest = { method: 'GET', path: '/never' }
    await t.rejects(exchange.request(never, { ...enough, signal: AbortSignal.abort() }), {
      name: 'Unreachable',
    })
    const signal = AbortSignal.timeout(30)
    const waiting = Array.from({ length: 3 }, () => exchange.request(never, { ...enough, signal }))
    for (const one of waiting) await t.rejects(one, { name: 'Unreachable' })
    t.equal((await exchange.request({ method: 'GET', path: '/a' }, enough)).status, 200)
  })

  t.test('an answer that goes wrong inside is an error of the other side', async (t) => {
    const { exchange } = await connect(t, async () => {
      throw new Error('inside')
    })
    const { status, body } = await exchange.request({ method: 'GET', path: '/x' }, enough)
    t.equal(status, 500)
    t.notMatch(Buffer.from(body).toString(), /inside/)
  })

  t.test('a peer that goes away is unreachable', async (t) => {
    const { exchange, cut } = await connect(t, () => new Promise(() => {}))
    const request = exchange.request({ method: 'GET', path: '/x' }, enough)
    setTimeout(cut, 30)
    await t.rejects(request, { name: 'Unreachable' })
    await t.rejects(exchange.request({ method: 'GET', path: '/x' }, enough), { name: 'Unreachable' })
  })
}

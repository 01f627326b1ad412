/** While others do everything that they should not, and their engines everything else, a box reads its answer. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { estimatePrompt } from '../src/estimate-tokens.ts'
import { type GatewayMessageOf, limits, readGatewayMessage, sha256Hex } from '../src/protocol.ts'
import { defaultTimers, type Provider } from '../src/providers/provider.ts'
import { createRouter } from '../src/routing/create-router.ts'
import { openaiAt } from './support/engines.ts'
import { type TestGateway, targetOf, testGateway } from './support/gateway.ts'
import {
  chunk,
  drained,
  failure,
  modelServer,
  type Reply,
  stream,
  tornStream,
} from './support/model-server.ts'
import { question } from './support/questions.ts'
import { authFor, dial, dialAndAuthenticate, type RawBox } from './support/raw-box.ts'
import { scripted } from './support/scripted.ts'

const sse = { 'content-type': 'text/event-stream' }
const word = chunk({ content: '字' })
const halves = (() => {
  const bytes = Buffer.from(word)
  const at = bytes.indexOf('字')
  return [bytes.subarray(0, at + 2), bytes.subarray(at + 3)]
})()

/** What engines do -> the code that the box is told. */
const engines: [name: string, reply: Reply, code: string][] = [
  ['never begins', () => {}, 'first-token-timeout'],
  ['falls silent', (response) => void response.writeHead(200, sse).write(word), 'idle-timeout'],
  ['trickles', repeating(chunk({ content: '.' }), 30), 'too-slow'],
  [
    'is a web page',
    (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    'model-bad-response',
  ],
  ['ends without an end', stream(word, word), 'incomplete'],
  ['is cut in an event', stream(word, word.slice(0, 20)), 'incomplete'],
  ['is torn down', tornStream(word), 'incomplete'],
  ['sends half a character', stream(word, ...halves), 'model-bad-response'],
  [
    'fails after ten tokens',
    stream(...Array(10).fill(word), 'data: {"error":{"code":500,"message":"x"}}\n\n'),
    'model-error',
  ],
  ['never ends', repeating(chunk({ content: '没完没了'.repeat(500) }), 0), 'answer-too-long'],
  ['refuses the request', failure(400, {}), 'model-refused'],
  ['refuses the key', failure(401, {}), 'model-auth'],
  ['is overloaded', failure(429, {}), 'model-overloaded'],
  ['is broken', failure(500, {}), 'model-error'],
  ['sends us elsewhere', failure(307, '', { location: 'http://127.0.0.1:1/' }), 'model-bad-response'],
]

function repeating(event: string, everyMs: number): Reply {
  return async (response) => {
    response.writeHead(200, sse)
    while (!response.destroyed) {
      if (!response.write(event)) await drained(response)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
}

/** What boxes do -> the code with which their connection is closed. */
const boxes: [name: string, deed: (gateway: TestGateway) => Promise<RawBox>, code: number][] = [
  ['says no JSON', sending('{"type":'), 4400],
  ['says what nobody knows', sending('{"type":"subscribe"}'), 4400],
  ['says who it is again', sending('{"type":"auth"}'), 4400],
  ['sends bytes', sending(Buffer.from('{}')), 4400],
  ['sends more than a frame may hold', sending('x'.repeat(limits.frameBytes + 1)), 1009],
  ['acknowledges what was never sent', acknowledging, 4400],
  ['speaks another version', authenticating({ v: 2 }), 4426],
  ['signs for another gateway', authenticating({ gateway: 'gateway.elsewhere' }), 4401],
  ['names an answer twice', resumingTwice, 4400],
  ['floods', flooding, 4429],
  ['was revoked', revoked, 4403],
  ['has a double', cloned, 4409],
]

function sending(frame: string | Buffer) {
  return async (gateway: TestGateway) => {
    const box = await dialAndAuthenticate(gateway.url, gateway.newBox())
    box.socket.send(frame)
    return box
  }
}

function authenticating(changes: Parameters<typeof authFor>[2]) {
  return async (gateway: TestGateway) => {
    const box = await dial(gateway.url)
    box.send(authFor(box, gateway.newBox(), changes))
    return box
  }
}

async function acknowledging(gateway: TestGateway): Promise<RawBox> {
  const box = await dialAndAuthenticate(gateway.url, gateway.newBox())
  const rid = box.ask()
  await box.next('delta', rid)
  box.send({ type: 'credit', rid, epoch: 1, seq: 1_000_000, bytes: 1 })
  return box
}

async function resumingTwice(gateway: TestGateway): Promise<RawBox> {
  const identity = gateway.newBox()
  const before = await dialAndAuthenticate(gateway.url, identity)
  const rid = before.ask()
  await before.next('delta', rid)
  before.socket.terminate()
  await before.closed
  const place = { rid, epoch: 1, seq: 1 }
  return dialAndAuthenticate(gateway.url, identity, [place, place])
}

async function flooding(gateway: TestGateway): Promise<RawBox> {
  const box = await dialAndAuthenticate(gateway.url, gateway.newBox())
  for (let at = 0; at < 1000; at++) box.send({ type: 'cancel', rid: '0197f0a0-0000-7000-8000-000000000000' })
  return box
}

async function revoked(gateway: TestGateway): Promise<RawBox> {
  const identity = gateway.newBox()
  const box = await dialAndAuthenticate(gateway.url, identity)
  box.ask()
  await gateway.revoke(identity.box)
  return box
}

async function cloned(gateway: TestGateway): Promise<RawBox> {
  const identity = gateway.newBox()
  const box = await dialAndAuthenticate(gateway.url, identity)
  const double = await dialAndAuthenticate(gateway.url, identity)
  double.ask()
  return box
}

interface Read {
  last: GatewayMessageOf<'end'> | GatewayMessageOf<'error'>
  text: string
  /** The longest time between two deltas. */
  gapMs: number
}

/** Reads an answer to its end and acknowledges it; throws when a delta is missing or comes twice. */
function read({ socket, send, received }: RawBox, rid: string): Promise<Read> {
  return new Promise((resolve, reject) => {
    let seq = 0
    let text = ''
    let gapMs = 0
    let at = performance.now()
    const take = (message: ReturnType<typeof readGatewayMessage>) => {
      if (!('rid' in message) || message.rid !== rid) return
      if (message.type === 'end' || message.type === 'error') resolve({ last: message, text, gapMs })
      if (message.type !== 'delta') return
      if (message.seq !== seq + 1) reject(new Error(`delta ${message.seq} after ${seq}`))
      const now = performance.now()
      if (seq > 0) gapMs = Math.max(gapMs, now - at)
      at = now
      seq = message.seq
      text += message.text
      send({ type: 'credit', rid, epoch: 1, seq, bytes: limits.streamCreditBytes })
    }
    for (const message of received.splice(0)) take(message)
    socket.on('message', (data) => take(readGatewayMessage(String(data))))
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)))
  })
}

async function openNeighbourhood(t: Test, quiet: Provider) {
  const timers = {
    ...defaultTimers,
    ...{ firstTokenMs: 600, idleMs: 600, rateWindowMs: 900, rateCharacters: 200 },
  }
  const targets = [targetOf(quiet)]
  const aliases = new Map([['default', [quiet.model]]])
  for (const [at, [, reply]] of engines.entries()) {
    const server = await modelServer(reply)
    t.teardown(() => server[Symbol.asyncDispose]())
    const name = `engine-${at}`
    targets.push(targetOf(openaiAt(server.baseUrl), { name, timers }))
    aliases.set(name, [name])
  }
  const router = createRouter({
    ...{ targets, aliases, estimatePrompt },
    observer: { observe() {} },
    log() {},
  })
  t.teardown(() => router.close())
  return router
}

t.test('whatever boxes and engines do has its code, and no effect on a box beside them', async (t) => {
  const words = Array.from({ length: 250 }, (_, at) => `词${at}`)
  const usage = { promptTokens: 40, completionTokens: 250 }
  const quiet = scripted([
    ...words.flatMap((answer) => [{ waitMs: 10 }, { answer }]),
    { finish: 'stop', usage },
  ])
  const router = await openNeighbourhood(t, quiet)
  await using gateway = await testGateway([], { router, process: randomUUID(), timing: { changesMs: 50 } })

  const neighbour = await dialAndAuthenticate(gateway.url, gateway.identity)
  const reading = read(neighbour, neighbour.ask())

  await Promise.all([
    ...boxes.map(async ([name, deed, code]) => {
      t.equal((await (await deed(gateway)).closed).code, code, `a box that ${name}`)
    }),
    ...engines.map(async ([name, , code], at) => {
      const box = await dialAndAuthenticate(gateway.url, gateway.newBox())
      const { last } = await read(box, box.ask(question({ model: `engine-${at}` })))
      t.match(last, { type: 'error', code, epoch: 1 }, `an engine that ${name}`)
    }),
  ])

  const { last, text, gapMs } = await reading
  t.equal(text, words.join(''))
  t.match(last, { type: 'end', finish: 'stop', textSha256: sha256Hex(words.join('')) })
  t.match(last.usage, { ...usage, exact: true })
  t.ok(gapMs < 2000, `its words went on: ${Math.round(gapMs)} ms at most between two`)
  t.equal(neighbour.socket.readyState, neighbour.socket.OPEN)
  const [row] = await gateway.accounts.usage({ box: gateway.identity.box })
  t.match(row, { answers: 1, promptTokens: 40, completionTokens: 250, estimatedTokens: 0 })
})

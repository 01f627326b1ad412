import t from 'tap'
import { type Clock, systemClock } from '../../src/clock.ts'
import { cosignerKeyType, logKeyType, makeSignerKey } from '../../src/note/key.ts'
import { answer } from '../../src/peers/answer.ts'
import { type Exchange, Unreachable } from '../../src/peers/exchange.ts'
import { Links } from '../../src/peers/links.ts'
import type { Peer } from '../../src/peers/registry.ts'

const peer: Peer = {
  id: 'a'.repeat(64),
  name: 'box',
  log: makeSignerKey('box.test/1/1', logKeyType, Buffer.alloc(32, 1)),
  cosigner: makeSignerKey('box.test/1/witness-1', cosignerKeyType, Buffer.alloc(32, 2)),
  admin: null,
  urls: ['http://box.test'],
  paused: false,
  earlier: [],
}
/** Its timers keep the process alive. */
const clock: Clock = {
  ...systemClock,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
const request = { method: 'GET', path: '/x' } as const

function linked(exchange: Exchange, signal = new AbortController().signal) {
  let dialled = 0
  const links = new Links(
    () => {
      dialled += 1
      return exchange
    },
    { clock, requestMs: 50, signal },
  )
  return { links, dialled: () => dialled }
}

t.test('an answer is passed on, and the peer is reachable', async (t) => {
  const { links, dialled } = linked({ request: async () => answer(200, 'yes') })
  const link = links.to(peer)
  t.equal(link.reach.reachable, null)
  t.equal((await link.request(request, { maxBytes: 10 })).status, 200)
  t.match(link.reach, { reachable: true, because: null })
  t.equal(links.to(peer), link)
  t.not(links.to({ ...peer, urls: ['http://other.test'] }), link, 'another address is another way')
  t.equal(dialled(), 2)
})

t.test('who does not answer in time, or with too much, is unreachable', async (t) => {
  const never = linked({ request: () => new Promise(() => {}) }).links.to(peer)
  await t.rejects(never.request(request, { maxBytes: 10 }), Unreachable)
  t.match(never.reach, { reachable: false, because: /50 ms/ })
  const long = linked({ request: async () => answer(200, 'much too long') }).links.to(peer)
  await t.rejects(long.request(request, { maxBytes: 10 }), Unreachable)
  const failing = linked({ request: () => Promise.reject(new TypeError('odd')) }).links.to(peer)
  await t.rejects(failing.request(request, { maxBytes: 10 }), Unreachable)
})

t.test('a request ends when the node closes, and says nothing about the peer', async (t) => {
  const stop = new AbortController()
  const link = linked({ request: () => new Promise(() => {}) }, stop.signal).links.to(peer)
  const asked = link.request(request, { maxBytes: 10 })
  stop.abort()
  await t.rejects(asked, Unreachable)
  t.equal(link.reach.reachable, null)
  await t.rejects(link.request(request, { maxBytes: 10 }), Unreachable)
})

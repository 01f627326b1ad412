import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { encodeFrame, subprotocol } from '../../src/carriers/frames.ts'
import { shakeHands } from '../../src/carriers/handshake.ts'
import { redialDelay } from '../../src/carriers/redial.ts'
import type { SignerKey } from '../../src/note/key.ts'
import { exchangeContract } from '../contracts/exchange.ts'
import { startNode } from '../support/running.ts'
import { type Box, box, keyOf, peerOf, until } from './support.ts'

/** Says hello by hand. What comes first may come with the answer to the upgrade: it is listened to at once. */
const greet = (socket: WebSocket, signer: SignerKey, to: Box) =>
  new Promise((resolve, reject) =>
    socket.once('open', () =>
      shakeHands(socket, { signer, keyOf: () => to.signer, side: 'dialled', helloMs: 1000 }).then(
        resolve,
        reject,
      ),
    ),
  )

t.test('the side that was dialled asks over the socket', async (t) => {
  exchangeContract(t, async (t, answer) => {
    const asked = await box(t, 1, { handle: answer })
    const asking = await box(t, 2)
    asking.peers.push(peerOf(asked.signer))
    asked.peers.push(peerOf(asking.signer, asking.url))
    await until(() => asking.links.find(asked.id) !== null)
    return { exchange: asking.links.find(asked.id)!, cut: () => asked.links.close() }
  })
})

t.test('the side that dialled asks over the socket', async (t) => {
  exchangeContract(t, async (t, answer) => {
    const asked = await box(t, 1, { handle: answer })
    const asking = await box(t, 2)
    asked.peers.push(peerOf(asking.signer))
    asking.peers.push(peerOf(asked.signer, asked.url))
    await until(() => asking.links.find(asked.id) !== null)
    return { exchange: asking.links.find(asked.id)!, cut: () => asked.links.close() }
  })
})

t.test('both ends know by whom they are asked', async (t) => {
  const [one, other] = [await box(t, 1), await box(t, 2)]
  one.peers.push(peerOf(other.signer, other.url))
  other.peers.push(peerOf(one.signer))
  await until(() => one.links.connected.length + other.links.connected.length === 2)
  const limits = { maxBytes: 1000 }
  const there = await one.links.find(other.id)!.request({ method: 'GET', path: '/a' }, limits)
  const back = await other.links.find(one.id)!.request({ method: 'GET', path: '/b' }, limits)
  t.equal(Buffer.from(there.body).toString(), `/a ${one.id}`)
  t.equal(Buffer.from(back.body).toString(), `/b ${other.id}`)
})

t.test('when both dial they end up with one connection, and keep it', async (t) => {
  const [one, other] = [await box(t, 1), await box(t, 2)]
  one.peers.push(peerOf(other.signer, other.url))
  other.peers.push(peerOf(one.signer, one.url))
  await until(() => one.links.find(other.id) !== null && other.links.find(one.id) !== null)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const before = one.links.find(other.id)
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.ok(before)
  t.equal(one.links.find(other.id), before)
})

t.test('a peer that is taken away is disconnected, and dialled when it is there again', async (t) => {
  const [one, other] = [await box(t, 1), await box(t, 2)]
  const known = peerOf(other.signer, other.url)
  one.peers.push(known)
  other.peers.push(peerOf(one.signer))
  await until(() => other.links.connected.length === 1)
  one.peers.pop()
  await until(() => other.links.connected.length === 0)
  one.peers.push(known)
  await until(() => other.links.connected.length === 1)
})

t.test('a box whose peer has not heard of its new log shows itself by the one before', async (t) => {
  const one = await box(t, 1)
  const renewed = await box(t, 2, { generation: 2 })
  const before = keyOf(2, 1)
  one.peers.push(peerOf(before))
  renewed.peers.push(peerOf(one.signer, one.url))
  await until(() => renewed.links.connected.length === 1)
  t.same(one.links.connected, [peerOf(before).id])
  one.peers.splice(0, 1, peerOf(renewed.signer))
  await until(() => one.links.connected[0] === renewed.id)
})

t.test('strangers are refused, whichever name they give', async (t) => {
  const [one, other, liar] = [await box(t, 1), await box(t, 2), await box(t, 3)]
  one.peers.push(peerOf(other.signer))
  liar.peers.push(peerOf(one.signer, one.url))
  liar.signer.name = other.signer.name
  liar.signer.id = other.signer.id
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.same(one.links.connected, [])
  t.same(liar.links.connected, [])
  t.same(one.errors, [])
})

t.test('a box that is not the one its address was given for is left alone', async (t) => {
  const [one, other, third] = [await box(t, 1), await box(t, 2), await box(t, 3)]
  one.peers.push(peerOf(third.signer), peerOf(other.signer, third.url))
  third.peers.push(peerOf(one.signer))
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.same(one.links.connected, [])
})

t.test('a new connection of a peer takes the place of an old dead one', async (t) => {
  const one = await box(t, 1, { timing: { crossedMs: 0 } })
  const first = await box(t, 2)
  const again = await box(t, 2)
  one.peers.push(peerOf(first.signer))
  first.peers.push(peerOf(one.signer, one.url))
  await until(() => first.links.connected.length === 1)
  const before = one.links.find(first.id)
  first.peers.pop()
  again.peers.push(peerOf(one.signer, one.url))
  await until(() => again.links.connected.length === 1 && one.links.connected.length === 1)
  t.not(one.links.find(first.id), before)
})

t.test('whoever says nothing, or the wrong thing, is closed with a reason', async (t) => {
  const one = await box(t, 1, { timing: { helloMs: 100 } })
  one.peers.push(peerOf(keyOf(2)))
  const closeOf = async (first: string | Buffer | null, ...headers: [Record<string, string>?]) => {
    const url = `${one.url.replace('http', 'ws')}/peer`
    const socket = new WebSocket(url, [subprotocol], headers[0] ? { headers: headers[0] } : {})
    socket.on('error', () => {})
    if (first !== null) socket.once('open', () => socket.send(first))
    return new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve([code, reason.toString()])),
    )
  }
  t.match(await closeOf(null), [4408, 'no hello in time'])
  t.match(await closeOf('hello'), [4400, /introduction/])
  t.match(await closeOf(Buffer.from([1, 2, 3])), [4400, /handshake/])
  t.match(await closeOf('x'.repeat(3000)), [4400, /handshake/])
  t.match(await closeOf('x'.repeat(100_000)), [1009])
  const nonce = Buffer.alloc(32).toString('base64')
  t.match(await closeOf(`tanbox.dev/ledger-nonce/v1\nbox.test/ff/1\n${nonce}\n`), [4403, /no peer/])
  t.match(await closeOf(null, { origin: 'http://evil.test' }), [1006])
})

t.test('who says nothing takes no place of those that come from elsewhere', async (t) => {
  // Time enough to take all places on a busy machine.
  const one = await box(t, 1, { timing: { helloMs: 2500 } })
  const silent = async (address: string) => {
    const server = createServer()
    server.on('upgrade', (request, socket, head) => {
      Object.defineProperty(request.socket, 'remoteAddress', { value: address })
      one.links.accept(request, socket, head)
    })
    t.teardown(() => server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/peer`, [
        subprotocol,
      ])
      t.teardown(() => socket.terminate())
      return new Promise<boolean>((resolve) => {
        socket.once('open', () => resolve(true))
        socket.on('error', () => resolve(false))
      })
    }
  }
  const [here, there] = [await silent('10.0.0.7'), await silent('10.0.0.8')]
  const taken = await Promise.all(Array.from({ length: 40 }, here))
  t.equal(taken.filter(Boolean).length, 8)
  t.ok(await there())
  await until(async () => here(), 'its places are free again')
})

t.test('an upgrade that is refused is over, whatever the other end does', async (t) => {
  const { running } = await startNode(t)
  for (const path of ['/peer', '/other']) {
    const socket = connect({ port: running.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    t.match(`${answer}`, /^HTTP\/1.1 (404|426) /)
    const timer = setInterval(() => socket.write('x'), 100)
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(timer)
  }
})

t.test('a peer that does not answer pings is given up, one that does is kept', async (t) => {
  const one = await box(t, 1, { timing: { heartbeatMs: 30 } })
  const [deaf, other] = [keyOf(2), await box(t, 3)]
  one.peers.push(peerOf(deaf), peerOf(other.signer))
  other.peers.push(peerOf(one.signer, one.url))
  const socket = new WebSocket(`${one.url.replace('http', 'ws')}/peer`, [subprotocol], { autoPong: false })
  const closed = once(socket, 'close')
  await greet(socket, deaf, one)
  await until(() => one.links.connected.length === 2)
  await closed
  await until(() => one.links.connected.length === 1)
  t.same(one.links.connected, [other.id])
})

t.test('a breach of the protocol after the hello closes the connection', async (t) => {
  const one = await box(t, 1)
  const rude = keyOf(2)
  one.peers.push(peerOf(rude))
  const breaches: (string | Buffer)[] = [
    'text',
    Buffer.from([9, 0, 0, 0, 1]),
    Buffer.from([1, 0, 0, 0, 1, 7, 0, 0, 0, 0, 47]),
    Buffer.concat([Buffer.from([1, 0, 0, 0, 1, 1, 255, 0, 0, 0]), Buffer.from('/gossip')]),
    Buffer.concat([Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 0, 0]), Buffer.from('no/slash')]),
  ]
  for (const breach of breaches) {
    const socket = new WebSocket(`${one.url.replace('http', 'ws')}/peer`, [subprotocol])
    await greet(socket, rude, one)
    socket.send(breach)
    const [code] = await once(socket, 'close')
    t.equal(code, 4400)
  }
})

t.test('sixty-five requests that wait for an answer are too many', async (t) => {
  const one = await box(t, 1, { handle: () => new Promise(() => {}) })
  const greedy = keyOf(2)
  one.peers.push(peerOf(greedy))
  const socket = new WebSocket(`${one.url.replace('http', 'ws')}/peer`, [subprotocol])
  await greet(socket, greedy, one)
  for (let id = 1; id <= 65; id += 1)
    socket.send(encodeFrame({ kind: 'request', id, method: 'GET', path: '/x', length: 0 }))
  t.match(await once(socket, 'close'), [4400])
})

t.test('waits between dials double from a second to a minute, each half to whole', async (t) => {
  const range = [1000, 60_000] as const
  t.same(
    [1, 2, 3, 7, 50].map((failures) => redialDelay(failures, range, 1)),
    [1000, 2000, 4000, 60_000, 60_000],
  )
  t.equal(redialDelay(1, range, 0), 500)
})

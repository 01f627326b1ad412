import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import t from 'tap'
import { formatAddCheckpoint } from '../src/note/add-checkpoint.ts'
import { signCheckpoint } from '../src/note/checkpoint.ts'
import { logKeyType, makeSignerKey, verifierOf } from '../src/note/key.ts'
import { emptyRoot } from '../src/tree/hash.ts'
import { startNode, type TestNode } from './support/running.ts'

const entries = (count: number) =>
  Array.from({ length: count }, () => ({ type: 'answer', commitment: randomBytes(32).toString('hex') }))

/** URL prefix of the node's log: its origin without the host. */
const logUrl = ({ url, running }: TestNode) => {
  const { origin } = running.node.log
  return url + origin.slice(origin.indexOf('/'))
}

async function published(node: TestNode, size: number): Promise<void> {
  while ((await node.client.head()).published !== size)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

const stranger = makeSignerKey('stranger.test/log', logKeyType, Buffer.alloc(32, 7))

t.test('a stranger reads the log byte for byte, as tlog-tiles says', async (t) => {
  const node = await startNode(t)
  await node.client.append(entries(256))
  await node.client.append(entries(4))
  await published(node, 260)
  const checkpoint = await fetch(`${logUrl(node)}/checkpoint`)
  t.equal(checkpoint.headers.get('content-type'), 'text/plain; charset=utf-8')
  t.equal(checkpoint.headers.get('cache-control'), 'no-cache')
  t.equal(checkpoint.headers.get('access-control-allow-origin'), '*')
  t.match(await checkpoint.text(), new RegExp(`^${node.running.node.log.origin}\n260\n`))
  for (const [path, bytes] of [
    ['tile/0/000', 8192],
    ['tile/0/001.p/4', 128],
    ['tile/1/000.p/1', 32],
    ['tile/entries/000', null],
    ['tile/entries/001.p/4', null],
  ] as const) {
    const tile = await fetch(`${logUrl(node)}/${path}`)
    t.equal(tile.status, 200, path)
    t.equal(tile.headers.get('content-type'), 'application/octet-stream')
    t.equal(tile.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    t.equal(tile.headers.get('access-control-allow-origin'), '*')
    t.equal(tile.headers.get('content-encoding'), null)
    const { byteLength } = await tile.arrayBuffer()
    if (bytes !== null) t.equal(byteLength, bytes, path)
  }
})

t.test('what is not there is 404: tiles of sizes never published, other spellings, other logs', async (t) => {
  const node = await startNode(t)
  await node.client.append(entries(4))
  await published(node, 4)
  for (const path of [
    'tile/0/000',
    'tile/0/000.p/5',
    'tile/0/000.p/04',
    'tile/0/0',
    'tile/1/000.p/1',
    'tile/64/000',
    'tile/00/000.p/4',
    'tile/entries/000.p/256',
    'tile/0/x000/000.p/4',
    'checkpoint/',
    'nothing',
  ]) {
    const { status, headers } = await fetch(`${logUrl(node)}/${path}`)
    t.equal(status, 404, path)
    t.not(headers.get('cache-control'), 'public, max-age=31536000, immutable')
  }
  const id = 'ab'.repeat(32)
  for (const path of [
    `/mirror/${id}/checkpoint`,
    `/witness/${id}/checkpoint`,
    `/fork/${id}`,
    `/statement/${id}`,
  ])
    t.equal((await fetch(node.url + path)).status, 404, path)
  t.equal((await fetch(`${node.url}/${'0'.repeat(16)}/1/checkpoint`)).status, 404)
})

t.test('other methods are refused with 405 and say which one it is for', async (t) => {
  const node = await startNode(t)
  const id = 'ab'.repeat(32)
  const cases: [string, string, string][] = [
    ['POST', `${logUrl(node)}/checkpoint`, 'GET, HEAD, OPTIONS'],
    ['DELETE', `${node.url}/mirror/${id}/checkpoint`, 'GET, HEAD, OPTIONS'],
    ['GET', `${node.url}/witness/add-checkpoint`, 'POST, OPTIONS'],
    ['PUT', `${node.url}/gossip`, 'POST, OPTIONS'],
    ['HEAD', `${node.url}/gossip`, 'POST, OPTIONS'],
  ]
  for (const [method, url, allow] of cases) {
    const { status, headers } = await fetch(url, { method })
    t.equal(status, 405, `${method} ${url}`)
    t.equal(headers.get('allow'), allow)
  }
  const preflight = await fetch(`${logUrl(node)}/checkpoint`, { method: 'OPTIONS' })
  t.equal(preflight.status, 204)
  t.equal(preflight.headers.get('access-control-allow-origin'), '*')
  t.equal(preflight.headers.get('access-control-allow-methods'), 'GET, OPTIONS')
})

t.test('HEAD is GET without the body', async (t) => {
  const node = await startNode(t)
  await node.client.append(entries(1))
  await published(node, 1)
  const head = await fetch(`${logUrl(node)}/tile/0/000.p/1`, { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(head.headers.get('content-length'), '32')
  t.equal((await head.arrayBuffer()).byteLength, 0)
})

t.test(
  'the witness takes a body of any content type, or of none, and answers as tlog-witness says',
  async (t) => {
    const node = await startNode(t)
    const post = (body: Uint8Array | string, headers: Record<string, string> = {}) =>
      fetch(`${node.url}/witness/add-checkpoint`, { method: 'POST', body: Buffer.from(body), headers })
    const checkpoint = { origin: stranger.name, size: 0n, root: emptyRoot, extensions: [] }
    const request = formatAddCheckpoint({ old: 0n, proof: [], note: signCheckpoint(checkpoint, stranger) })
    t.equal((await post(request)).status, 404, 'nobody knows the log')
    t.equal((await post('nonsense')).status, 400)
    await node.running.node.peers.addLog(verifierOf(stranger))
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'a/b'])
      t.equal((await post(request, { 'content-type': type })).status, 200, type)
    const bare = await raw(node, [
      'POST /witness/add-checkpoint HTTP/1.1',
      'Host: x',
      `Content-Length: ${request.length}`,
      'Connection: close',
      '',
      request.toString(),
    ])
    t.match(bare, /^HTTP\/1.1 200 /, 'no content type at all')
    t.match(bare, /— box.test\/[0-9a-f]{16}\/witness-\S+ \S+\n$/)
    const later = { ...checkpoint, size: 5n, root: randomBytes(32) }
    const note = signCheckpoint(later, stranger)
    const conflict = await raw(node, requestLines(formatAddCheckpoint({ old: 3n, proof: [], note })))
    t.match(conflict, /^HTTP\/1.1 409 /)
    t.match(conflict, /\r\ncontent-type: text\/x\.tlog\.size\r\n/i, 'exactly, with no charset')
    t.match(conflict, /\r\n\r\n0\n$/)
    t.equal((await post(formatAddCheckpoint({ old: 9n, proof: [], note }))).status, 400)
    const forged = note.replace(/— (\S+) (.{20})./, (_, name, start) => `— ${name} ${start}B`)
    t.ok([400, 403].includes((await post(`old 0\n\n${forged}`)).status))
    t.equal((await post(Buffer.alloc(200 * 1024, 'x'))).status, 413)
    t.equal((await post(Buffer.alloc(2 * 1024 * 1024, 'x'))).status, 413, 'beyond any body')
  },
)

const requestLines = (body: Buffer) => [
  'POST /witness/add-checkpoint HTTP/1.1',
  'Host: x',
  `Content-Length: ${body.length}`,
  'Connection: close',
  '',
  body.toString(),
]

/** The whole answer to a request as it is written, from the status line on. */
function raw({ running }: TestNode, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(running.port, '127.0.0.1', () => socket.write(lines.join('\r\n')))
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
    socket.on('error', reject)
  })
}

t.test('the setting says who may read: the witness stays open, the token opens everything', async (t) => {
  for (const readers of ['peers', 'box']) {
    const node = await startNode(t, { TANBOX_LEDGER_READERS: readers })
    await node.client.append(entries(1))
    await published(node, 1)
    const refused = await fetch(`${logUrl(node)}/checkpoint`)
    t.equal(refused.status, 403, readers)
    t.match(await refused.text(), /^[^\n]+\n$/, 'one sentence')
    t.equal((await fetch(`${node.url}/mirror/${'ab'.repeat(32)}/checkpoint`)).status, 403)
    const headers = { authorization: `Bearer ${node.token}` }
    t.equal((await fetch(`${logUrl(node)}/checkpoint`, { headers })).status, 200)
    const tile = await fetch(`${logUrl(node)}/tile/0/000.p/1`, { headers })
    t.equal(tile.headers.get('cache-control'), 'private, max-age=31536000, immutable', 'for nobody else')
    const body = 'x'
    t.equal((await fetch(`${node.url}/witness/add-checkpoint`, { method: 'POST', body })).status, 400)
  }
})

t.test('an upgrade elsewhere than at /peer, or by a web page, is refused', async (t) => {
  const node = await startNode(t)
  const upgrade = (path: string, ...more: string[]) =>
    raw(node, [
      `GET ${path} HTTP/1.1`,
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
      ...more,
      '',
      '',
    ])
  t.match(await upgrade('/other'), /^HTTP\/1.1 404 /)
  t.match(await upgrade('/peer'), /^HTTP\/1.1 426 /)
  t.match(
    await upgrade('/peer', 'Sec-WebSocket-Protocol: tanbox-ledger.v1', 'Origin: http://a'),
    /^HTTP\/1.1 403 /,
  )
})

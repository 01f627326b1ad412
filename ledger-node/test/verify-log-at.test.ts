import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { formatVerifierKey } from '../src/note/key.ts'
import { parsePolicy } from '../src/note/policy.ts'
import { verifyLogAt } from '../src/verify/verify-log-at.ts'
import {
  bundleOf,
  testLogKey as key,
  madeEntries,
  signedCheckpoint,
  testWitness,
  writeStaticLog,
} from './support/static-log.ts'

/** Two ranges for threads, and a partial tile. */
const size = 20_001
const entries = madeEntries(66_000)

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-audit-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function logOf(t: Test, some: readonly Buffer[], checkpoint = signedCheckpoint(some)): string {
  const folder = folderOf(t)
  writeStaticLog(folder, some, checkpoint)
  return folder
}

const whole = logOf(t, entries.slice(0, size))

/** A copy of the log of all entries. */
function wholeLog(t: Test): string {
  const folder = folderOf(t)
  cpSync(whole, folder, { recursive: true })
  return folder
}

t.test('a good log is good, whether one thread looks at it or several', async (t) => {
  const folder = wholeLog(t)
  for (const workers of [0, 1, 3]) {
    const seen: number[] = []
    const report = await verifyLogAt(folder, { key, workers, progress: (done) => seen.push(done) })
    t.match(report, { ok: true, size, entries: size, clockWentBack: 0, problem: null, origin: key.name })
    t.ok(report.checked.includes('chain') && report.checked.includes('leaf-hashes'))
    t.ok(report.notChecked.some(({ what }) => what === 'finality'))
    t.same(
      seen,
      seen.toSorted((a, b) => a - b),
    )
    t.equal(seen.at(-1), size)
  }
})

t.test('logs of every small size and around the edges of tiles are good', async (t) => {
  for (const count of [0, 1, 2, 255, 256, 257, 511, 512, 16_384, 16_385, 65_537]) {
    const report = await verifyLogAt(logOf(t, entries.slice(0, count)), { key, workers: 0 })
    t.match(report, { ok: true, size: count, entries: count, problem: null }, `${count}`)
  }
})

t.test('the partial bundle and tiles may have given way to full ones of a later checkpoint', async (t) => {
  const folder = logOf(t, entries.slice(0, 1000))
  for (const path of ['tile/0/003.p', 'tile/entries/003.p']) rmSync(join(folder, path), { recursive: true })
  writeStaticLog(folder, entries.slice(0, 1024), signedCheckpoint(entries.slice(0, 1000)))
  const report = await verifyLogAt(folder, { key, workers: 0 })
  t.match(report, { ok: true, entries: 1000 })
})

t.test('whatever is changed is found and named', async (t) => {
  type Case = [name: string, change: (folder: string) => void, where: string, entry: number | null]
  const edit = (folder: string, path: string, change: (bytes: Buffer) => Buffer) =>
    writeFileSync(join(folder, path), change(readFileSync(join(folder, path))))
  const flip = (at: number) => (bytes: Buffer) => {
    bytes[at]! ^= 1
    return bytes
  }
  const cases: Case[] = [
    ['an entry', (f) => edit(f, 'tile/entries/003', flip(40)), 'tile/entries/003', 768],
    [
      'a later entry',
      (f) => edit(f, 'tile/entries/070', (b) => flip(b.length - 3)(b)),
      'tile/entries/070',
      18_175,
    ],
    ['a leaf hash', (f) => edit(f, 'tile/0/003', flip(40)), 'tile/0/003', null],
    ['a level 1 hash', (f) => edit(f, 'tile/1/000.p/78', flip(40)), 'tile/1/000.p/78', null],
    ['a hash of the edge', (f) => edit(f, 'tile/0/078.p/33', flip(40)), 'tile/0/078.p/33', null],
    [
      'an entry of the partial bundle',
      (f) => edit(f, 'tile/entries/078.p/33', flip(40)),
      'tile/entries/078.p/33',
      19_968,
    ],
    [
      'a 257th entry',
      (f) => appendFileSync(join(f, 'tile/entries/066'), bundleOf([entries[0]!])),
      'tile/entries/066',
      null,
    ],
    [
      'a byte behind a bundle',
      (f) => appendFileSync(join(f, 'tile/entries/066'), '\0'),
      'tile/entries/066',
      null,
    ],
    [
      'an entry behind the partial bundle',
      (f) => appendFileSync(join(f, 'tile/entries/078.p/33'), bundleOf([entries[0]!])),
      'tile/entries/078.p/33',
      null,
    ],
    [
      'a bundle cut off',
      (f) => edit(f, 'tile/entries/066', (b) => b.subarray(0, -1)),
      'tile/entries/066',
      null,
    ],
    [
      'a bundle without its last entry',
      (f) => writeFileSync(join(f, 'tile/entries/000'), bundleOf(entries.slice(0, 255))),
      'tile/entries/000',
      null,
    ],
    ['an empty bundle', (f) => writeFileSync(join(f, 'tile/entries/000'), ''), 'tile/entries/000', null],
    ['a missing bundle', (f) => rmSync(join(f, 'tile/entries/077')), 'tile/entries/077', null],
    [
      'a missing partial bundle',
      (f) => rmSync(join(f, 'tile/entries/078.p/33')),
      'tile/entries/078.p/33',
      null,
    ],
    ['a missing tile', (f) => rmSync(join(f, 'tile/0/077')), 'tile/0/077', null],
    ['a missing tile of the edge', (f) => rmSync(join(f, 'tile/1/000.p/78')), 'tile/1/000.p/78', null],
    ['a tile cut off', (f) => edit(f, 'tile/0/066', (b) => b.subarray(0, -1)), 'tile/0/066', null],
    ['a tile with more', (f) => appendFileSync(join(f, 'tile/0/066'), 'x'), 'tile/0/066', null],
    ['a missing checkpoint', (f) => rmSync(join(f, 'checkpoint')), 'checkpoint', null],
    [
      'a checkpoint of another root',
      (f) => writeFileSync(join(f, 'checkpoint'), signedCheckpoint(entries.slice(1, size))),
      'tile/0/078.p/32',
      null,
    ],
    [
      'a signature',
      (f) =>
        edit(f, 'checkpoint', (b) =>
          Buffer.from(b.toString().replace(/(.)=\n$/, (_, c) => `${c === 'A' ? 'E' : 'A'}=\n`)),
        ),
      'checkpoint',
      null,
    ],
    [
      'a folder in the place of a tile',
      (f) => {
        rmSync(join(f, 'tile/0/066'))
        renameSync(join(f, 'tile/1'), join(f, 'tile/0/066'))
      },
      'tile/',
      null,
    ],
  ]
  for (const [name, change, where, entry] of cases) {
    const folder = wholeLog(t)
    change(folder)
    const { ok, problem } = await verifyLogAt(folder, { key, workers: 0 })
    t.equal(ok, false, name)
    t.ok(problem?.where?.includes(where), `${name}: ${JSON.stringify(problem)}`)
    t.equal(problem?.entry, entry, name)
  }
})

t.test('of several problems the first is told, with how far all was right', async (t) => {
  const folder = wholeLog(t)
  for (const bundle of ['076', '067', '065', '060'])
    appendFileSync(join(folder, `tile/entries/${bundle}`), 'x')
  const report = await verifyLogAt(folder, { key, workers: 2 })
  t.match(report, { entries: 60 * 256, problem: { where: 'tile/entries/060' } })
})

t.test(
  "a log whose tree is sound and whose chain is not is refused as ours, and good as anybody's",
  async (t) => {
    const other = (change: (at: number, entry: Buffer) => Buffer) =>
      entries.slice(0, 600).map((entry, at) => change(at, entry))
    const cases: [string, Buffer[], number][] = [
      ['left out', entries.slice(0, 600).toSpliced(300, 1), 300],
      [
        'exchanged',
        other((at, entry) => (at === 300 ? entries[301]! : at === 301 ? entries[300]! : entry)),
        300,
      ],
      [
        'another spelling',
        other((at, entry) => (at === 300 ? Buffer.concat([entry, Buffer.from(' ')]) : entry)),
        300,
      ],
      ['no entry', other((at, entry) => (at === 599 ? Buffer.from('hello') : entry)), 599],
      ['empty', other((at, entry) => (at === 256 ? Buffer.alloc(0) : entry)), 256],
      ['began in the middle', entries.slice(256, 600), 0],
    ]
    for (const [name, some, seq] of cases) {
      const folder = logOf(t, some)
      t.match(await verifyLogAt(folder, { key }), { ok: false, problem: { entry: seq } }, name)
      const report = await verifyLogAt(folder, { key, any: true })
      t.match(report, { ok: true, entries: some.length, clockWentBack: null }, name)
      t.ok(report.notChecked.some(({ what }) => what === 'chain'))
    }
  },
)

t.test('times that go back are counted and are no fault, also from range to range', async (t) => {
  const back = new Set([1, 300, 16_384, 16_385])
  const some = madeEntries(20_000, (entry) =>
    back.has(entry.seq)
      ? { ...entry, time: new Date(Date.UTC(2026, 0, 1) - entry.seq).toISOString() }
      : entry,
  )
  t.match(await verifyLogAt(logOf(t, some), { key }), { ok: true, clockWentBack: 4 })
})

t.test('with a policy the checkpoint has to be final', async (t) => {
  const witnesses = [1, 2, 3, 4].map(testWitness)
  const lines = witnesses.map((witness, at) => `witness w${at + 1} ${formatVerifierKey(witness)}`)
  const policy = parsePolicy([...lines, 'group all 3 w1 w2 w3 w4', 'quorum all', ''].join('\n'))
  const some = entries.slice(0, 10)
  const final = logOf(t, some, signedCheckpoint(some, witnesses.slice(1)))
  t.match(await verifyLogAt(final, { key, policy }), {
    ok: true,
    finality: { witnesses: ['w2', 'w3', 'w4'], of: 4, final: true },
  })
  const two = logOf(t, some, signedCheckpoint(some, witnesses.slice(2)))
  t.match(await verifyLogAt(two, { key, policy }), {
    ok: false,
    entries: 10,
    finality: { final: false },
    problem: { where: 'checkpoint', why: /2 of 4/ },
  })
  t.match(await verifyLogAt(two, { key }), { ok: true, finality: null })
})

async function serve(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/log/`
}

t.test('a log is verified over HTTP as from a folder', async (t) => {
  const folder = wholeLog(t)
  const url = await serve(
    t,
    createServer((request, response) => {
      try {
        response.end(readFileSync(join(folder, request.url!.replace('/log/', ''))))
      } catch {
        response.writeHead(404).end()
      }
    }),
  )
  t.match(await verifyLogAt(url, { key, workers: 2 }), { ok: true, entries: size })
  appendFileSync(join(folder, 'tile/entries/066'), 'x')
  t.match(await verifyLogAt(url, { key, workers: 2 }), { ok: false, problem: { where: 'tile/entries/066' } })
})

t.test('a hostile server gets a report and no more of our time or memory', async (t) => {
  const checkpoint = signedCheckpoint(entries.slice(0, size))
  const cases: [string, RegExp, Server][] = [
    ['never answers', /within 300 ms/, createServer(() => {})],
    [
      'trickles',
      /within 300 ms/,
      createServer((_request, response) => {
        const timer = setInterval(() => response.write('x'), 20)
        response.once('close', () => clearInterval(timer))
      }),
    ],
    [
      'endless checkpoint',
      /more than \d+ bytes/,
      createServer((_request, response) => {
        const more = () => {
          while (response.write(Buffer.alloc(65_536, 97)) && !response.destroyed);
        }
        response.on('drain', more)
        more()
      }),
    ],
    [
      'endless tile',
      /more than 8192 bytes/,
      createServer((request, response) => {
        response.end(request.url === '/log/checkpoint' ? checkpoint : Buffer.alloc(100_000))
      }),
    ],
    [
      'redirects',
      /status 302/,
      createServer((_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()),
    ],
    ['forbids', /status 403/, createServer((_request, response) => response.writeHead(403).end())],
    ['talks nonsense', /no answer/, createServer((request) => request.socket.end('nonsense\r\n\r\n'))],
    ['hangs up', /no answer/, createServer((request) => request.socket.destroy())],
    ['has nothing', /missing/, createServer((_request, response) => response.writeHead(404).end())],
  ]
  for (const [name, why, server] of cases) {
    const report = await verifyLogAt(await serve(t, server), { key, timeoutMs: 300 })
    t.match(report, { ok: false, problem: { why } }, name)
  }
  t.match(await verifyLogAt('http://127.0.0.1:9/', { key }), { ok: false, problem: { why: /no answer/ } })
  t.match(await verifyLogAt('http://x/?a=b', { key }), { ok: false, problem: { why: /URL/ } })
})

t.test('a busy server is asked again', async (t) => {
  const folder = logOf(t, entries.slice(0, 10))
  const asked = new Set<string>()
  const url = await serve(
    t,
    createServer((request, response) => {
      if (asked.size < 2 && !asked.has(request.url!)) {
        asked.add(request.url!)
        response.writeHead(503).end()
      } else response.end(readFileSync(join(folder, request.url!.replace('/log/', ''))))
    }),
  )
  t.match(await verifyLogAt(url, { key }), { ok: true })
})

t.test('it can be stopped', async (t) => {
  const stopping = new AbortController()
  const report = await verifyLogAt(wholeLog(t), {
    key,
    workers: 1,
    signal: stopping.signal,
    progress: () => stopping.abort(),
  })
  t.match(report, { ok: false, problem: { why: 'it was stopped' } })
})

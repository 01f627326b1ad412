import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'

/**
 * `npm run -s bench:latency -- DIR [--seconds 60] [--json]`: how fast the running appliance answers over HTTP while it
 * reads a folder of 500 files. The files are those of DIR, again and again, each made different by bytes at its end.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '60' } },
})
const [given] = positionals
if (given === undefined) throw new Error('usage: bench:latency -- DIR [--seconds 60] [--json]')
const folder = resolve(process.env.INIT_CWD ?? '.', given)
const count = 500
/** Formats in which bytes after the end change nothing. */
const appendable = new Set(['.pdf', '.md', '.txt', '.html', '.csv'])

interface Ready {
  ready: { url: string; claimCode: string }
}

const data = mkdtempSync(join(tmpdir(), 'tanbox-bench-latency-'))
const drop = join(data, 'drop')
mkdirSync(drop)
const models = readdirSync(folder).filter((name) => appendable.has(extname(name).toLowerCase()))
for (let number = 0; number < count; number += 1) {
  const name = models[number % models.length]!
  const copy = join(drop, `${number}-${name}`)
  copyFileSync(join(folder, name), copy)
  appendFileSync(copy, `\n${number}\n`)
}

const box = fork(join(import.meta.dirname, '../../src/main.ts'), {
  env: { ...process.env, TANBOX_DATA: data, TANBOX_PORT: '0', TANBOX_LOG: 'warn' },
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
})
try {
  const [{ ready }] = (await once(box, 'message')) as [Ready]
  const times = await ask(ready)
  console.log(JSON.stringify(summary(times), null, values.json ? 0 : 2))
} finally {
  box.kill('SIGTERM')
  if (box.exitCode === null) await once(box, 'exit')
  rmSync(data, { recursive: true, force: true })
}

/** Milliseconds by request, asked one after the other with a pause, as a person and a console would. */
async function ask({ url, claimCode }: Ready['ready']): Promise<Map<string, number[]>> {
  const post = (body: object) => ({
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', origin: url },
  })
  const claimed = await fetch(`${url}/api/claim`, post({ code: claimCode, password: 'bench password' }))
  if (claimed.status !== 201) throw new Error(`claim: ${claimed.status} ${await claimed.text()}`)
  const cookie = claimed.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')

  const times = new Map<string, number[]>()
  async function timed(name: string, path: string, init: RequestInit = {}): Promise<Response> {
    const began = performance.now()
    const answer = await fetch(`${url}${path}`, { ...init, headers: { ...init.headers, cookie } })
    const body = await answer.arrayBuffer()
    times.set(name, [...(times.get(name) ?? []), performance.now() - began])
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return new Response(body)
  }

  const until = performance.now() + Number(values.seconds) * 1000
  while (performance.now() < until) {
    await timed('status', '/api/status')
    const answer = await timed('documents', '/api/documents?limit=100')
    const { items } = (await answer.json()) as { items: { id: string; state: string }[] }
    await timed('console', '/')
    await timed('search', '/api/search', post({ query: '可再生能源装机容量的目标是多少？' }))
    const read = items.find((item) => item.state === 'ready')
    if (read) {
      await timed('view', `/api/documents/${read.id}/view`)
      await timed('unit', `/api/documents/${read.id}/units/0`)
    }
    await delay(50)
  }
  return times
}

function summary(times: ReadonlyMap<string, readonly number[]>): Record<string, unknown> {
  const all = [...times].filter(([name]) => name !== 'search').flatMap(([, each]) => each)
  const figures = [...times, ['all but search', all] as const].map(([name, each]) => {
    const sorted = each.toSorted((a, b) => a - b)
    const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10) / 10
    return [name, { requests: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }]
  })
  return { files: count, milliseconds: Object.fromEntries(figures), node: process.version }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { FileType } from '../../src/model.ts'
import { defaultLimits } from '../../src/parse/parser.ts'
import { createParsePool, type ParsePool, type PoolSettings } from '../../src/parse/pool.ts'
import { makeDocx, paragraph } from './make-office.ts'
import { makePdf } from './make-pdf.ts'

const folder = t.testdir()

async function file(name: string, bytes: Uint8Array | string, type: FileType) {
  const at = path.join(folder, name)
  await writeFile(at, bytes)
  return { path: at, name, type }
}

async function withPool(
  settings: Partial<PoolSettings>,
  use: (pool: ParsePool) => Promise<void>,
): Promise<void> {
  const pool = createParsePool({ processes: 1, ...settings })
  try {
    await use(pool)
  } finally {
    await pool.close()
  }
}

/** Process ids of this process' living children, those of them that parse. */
function parserPids(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1')
      return Number(parent) === process.pid && state !== 'Z' && command.includes('parse/child.ts')
        ? [Number(name)]
        : []
    } catch {
      return []
    }
  })
}

async function until(condition: () => boolean, ms = 10_000): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (condition()) return true
  return condition()
}

const plain = await file('plain.txt', '标题\n\n第一段。\n', 'txt')

/** Begins to read with a fresh child and stops that child before it answers: a file that takes for ever. */
async function beginEndless(pool: ParsePool, options: { signal?: AbortSignal } = {}) {
  const reading = pool.parse(plain, options)
  reading.catch(() => {}) // looked at later
  await until(() => parserPids().length === 1)
  const [pid] = parserPids()
  process.kill(pid!, 'SIGSTOP')
  return { reading, pid: pid! }
}

t.test('one child reads one file after another, with progress', async (t) => {
  await withPool({}, async (pool) => {
    const pages = Array.from({ length: 12 }, (_, i) => ({ texts: [{ text: `第${i + 1}页`, x: 90, y: 700 }] }))
    const seen: [number, number][] = []
    const onProgress = (done: number, total: number) => seen.push([done, total])
    const document = await pool.parse(await file('pages.pdf', makePdf(pages), 'pdf'), { onProgress })
    t.equal(document.units.length, 12)
    t.strictSame(seen.at(-1), [12, 12])
    const [pid] = parserPids()
    t.equal((await pool.parse(plain)).title, '标题')
    t.strictSame(parserPids(), [pid])
  })
  t.strictSame(parserPids(), [], 'a closed pool leaves no child')
})

t.test('files beyond the number of children wait, and a waiting one can be called off', async (t) => {
  await withPool({ timeoutMs: 4000 }, async (pool) => {
    const { reading } = await beginEndless(pool)
    const calledOff = new AbortController()
    const waiting = pool.parse(plain, { signal: calledOff.signal })
    const next = pool.parse(plain)
    calledOff.abort(new Error('called off'))
    await t.rejects(waiting, { message: 'called off' })
    await t.rejects(reading, { code: 'file-timeout' })
    t.equal((await next).title, '标题')
  })
})

t.test('a file over its time costs itself only', async (t) => {
  // Long enough for a child to start and read a small file on a busy machine.
  await withPool({ timeoutMs: 4000 }, async (pool) => {
    const started = performance.now()
    const { reading } = await beginEndless(pool)
    await t.rejects(reading, { code: 'file-timeout', detail: '4' })
    t.ok(performance.now() - started < 15_000)
    t.equal((await pool.parse(plain)).title, '标题')
  })
})

t.test('a call that is given up kills the child at once', async (t) => {
  await withPool({}, async (pool) => {
    const givenUp = new AbortController()
    const { reading, pid } = await beginEndless(pool, { signal: givenUp.signal })
    givenUp.abort(new Error('given up'))
    await t.rejects(reading, { message: 'given up' })
    t.ok(await until(() => !parserPids().includes(pid)))
    t.equal((await pool.parse(plain)).title, '标题')
  })
})

t.test('a parser that dies costs one file and is replaced', async (t) => {
  await withPool({}, async (pool) => {
    const { reading, pid } = await beginEndless(pool)
    process.kill(pid, 'SIGSEGV')
    process.kill(pid, 'SIGCONT')
    await t.rejects(reading, { code: 'file-parser-died' })
    t.equal((await pool.parse(plain)).title, '标题')
  })
})

t.test('resident memory is capped, native memory too', async (t) => {
  // 300 MB of spaces: inflated by zlib outside V8's heap, then decoded to a string inside it.
  const bomb = await file('spaces.docx', await makeDocx(paragraph('x') + ' '.repeat(300_000_000)), 'docx')
  await withPool({}, async (pool) => {
    await t.rejects(pool.parse(bomb, {}), { code: /^file-(?:bomb|memory)$/ }, 'within the defaults')
  })
  const limits = { ...defaultLimits, maxInflated: 2 ** 30 }
  await withPool({ limits, maxResident: 250 * 2 ** 20 }, async (pool) => {
    await t.rejects(pool.parse(bomb), { code: 'file-memory', detail: '250 MB' })
    t.equal((await pool.parse(plain)).title, '标题')
  })
})

t.test('a child without work ends after a while, and a swollen one at once', async (t) => {
  await withPool({ idleMs: 200 }, async (pool) => {
    await pool.parse(plain)
    t.equal(parserPids().length, 1)
    t.ok(await until(() => parserPids().length === 0, 3000))
    t.equal((await pool.parse(plain)).title, '标题')
  })
  await withPool({ recycleResident: 1 }, async (pool) => {
    await pool.parse(plain)
    const before = parserPids()
    await pool.parse(plain)
    t.notOk(parserPids().some((pid) => before.includes(pid)))
  })
})

t.test('closing ends what is under way', async (t) => {
  const pool = createParsePool({ processes: 1 })
  const { reading } = await beginEndless(pool)
  const outcomes = Promise.allSettled([reading, pool.parse(plain)])
  await pool.close()
  t.match(await outcomes, [{ reason: { code: 'shutting-down' } }, { reason: { code: 'shutting-down' } }])
  t.strictSame(parserPids(), [])
  await t.rejects(pool.parse(plain), { code: 'shutting-down' })
})

t.test('a busy child ends when its parent is killed', async (t) => {
  const pool = new URL('../../src/parse/pool.ts', import.meta.url).href
  // Quotes within quotes keep the Markdown parser busy for many seconds.
  const busy = await file('deep.md', '> '.repeat(30_000), 'md')
  const script = `const { createParsePool } = await import(${JSON.stringify(pool)})
    createParsePool({ processes: 1 }).parse(${JSON.stringify(busy)})
    setTimeout(() => {
      const { readdirSync, readFileSync } = process.getBuiltinModule('fs')
      process.stdout.write(readFileSync('/proc/self/task/' + process.pid + '/children', 'latin1'))
    }, 1500)`
  const parent: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
  })
  const [line] = await new Promise<[Buffer]>((resolve) =>
    parent.stdout!.once('data', (data) => resolve([data])),
  )
  const pid = Number(line.toString().trim().split(' ')[0])
  t.ok(pid > 0)
  parent.kill('SIGKILL')
  const isGone = () => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
    } catch {
      return true
    }
  }
  t.ok(await until(isGone, 5000))
})

t.test('what a parser says of a file comes through, and a file that is not there is said', async (t) => {
  await withPool({}, async (pool) => {
    await t.rejects(pool.parse(await file('broken.docx', 'PK no archive', 'docx')), {
      code: 'file-broken',
      detail: 'Word',
    })
    await t.rejects(pool.parse(await file('empty.txt', '', 'txt')), { code: 'file-empty' })
    await t.rejects(pool.parse({ path: path.join(folder, 'gone'), name: 'gone', type: 'pdf' }), {
      code: 'file-unreadable',
      detail: 'ENOENT',
    })
  })
  await withPool({ limits: { ...defaultLimits, maxBytes: 5 } }, async (pool) => {
    await t.rejects(pool.parse(plain), { code: 'file-too-large' })
  })
})

t.test('a child can neither write nor start anything, and knows nothing of the environment', async (t) => {
  const { childFlags } = await import('../../src/parse/process.ts')
  const code = `const report = []
    try { require('node:fs').writeFileSync('${folder}/written', 'x'); report.push('wrote') } catch (error) { report.push(error.code) }
    try { require('node:child_process').spawnSync('true'); report.push('spawned') } catch (error) { report.push(error.code) }
    console.log(report.join())`
  const child = spawn(process.execPath, [...childFlags(2 ** 30), '-e', code], { env: {} })
  let out = ''
  child.stdout.on('data', (data) => (out += data))
  await new Promise((resolve) => child.once('close', resolve))
  t.equal(out.trim(), 'ERR_ACCESS_DENIED,ERR_ACCESS_DENIED')
})

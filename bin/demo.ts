import { type ChildProcess, fork } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { askBox, showAnswer } from '../appliance/src/cli/ask.ts'
import { type Box, createBox, findBox } from '../appliance/src/cli/box.ts'
import { createOutput } from '../appliance/src/cli/output.ts'
import type { LedgerCheck } from '../appliance/src/ledger/check.ts'
import type { BoxStatus } from '../appliance/src/model.ts'
import { problemsOf } from './demo/checks.ts'
import { questions } from './demo/questions.ts'

/**
 * `npm run demo`: the whole way once, on a data folder and ports of its own: start, drop the samples, ask, open
 * every citation, verify the ledger, stop. Ends with 1 when anything is not as it should be.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const samples = join(root, 'samples')
const limitMs = 120_000

const output = createOutput(
  { out: process.stdout, err: process.stderr },
  {
    language: 'zh',
    json: false,
    color: process.stdout.isTTY === true,
    columns: process.stdout.columns || 80,
  },
)
const problems: string[] = []

function check(holds: boolean, what: string): void {
  if (holds) return
  problems.push(what)
  output.line(`  ✗ ${what}`)
}

async function main(): Promise<void> {
  const began = Date.now()
  const data = mkdtempSync(join(tmpdir(), 'tanbox-demo-'))
  const { supervisor, ended } = startSupervisor(data)
  const stop = () => supervisor.kill('SIGTERM')
  process.once('SIGINT', stop)
  const overdue = setTimeout(() => {
    check(false, `it took longer than ${limitMs / 1000} s`)
    stop()
  }, limitMs)
  try {
    await Promise.race([
      demonstrate(supervisor, data),
      ended.then(() => Promise.reject(new Error('it ended early'))),
    ])
  } catch (error) {
    check(false, error instanceof Error ? error.message : String(error))
  } finally {
    stop()
    check((await ended) === 0, 'the services did not stop in good order')
    clearTimeout(overdue)
    rmSync(data, { recursive: true, force: true })
  }
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  output.line(
    problems.length === 0
      ? `\n✓ 演示完成 The demo is done: ${seconds} s`
      : `\n✗ ${problems.length} problems, ${seconds} s`,
  )
  process.exitCode = problems.length === 0 ? 0 : 1
}

function startSupervisor(data: string): { supervisor: ChildProcess; ended: Promise<number | null> } {
  const environment = {
    ...process.env,
    TANBOX_DATA: data,
    TANBOX_DROP: join(data, 'drop'),
    TANBOX_HOST: '127.0.0.1',
    TANBOX_PORT: '0',
    TANBOX_GATEWAY_PORT: '0',
    TANBOX_LEDGER_PORT: '0',
  }
  // A process group of its own: Ctrl-C reaches the demo, which stops the supervisor.
  const supervisor = fork(join(root, 'bin/supervisor.ts'), { env: environment, detached: true })
  const ended = new Promise<number | null>((resolveEnd) => supervisor.once('exit', resolveEnd))
  return { supervisor, ended }
}

async function demonstrate(supervisor: ChildProcess, data: string): Promise<void> {
  await new Promise((ready) => supervisor.once('message', ready))
  const box = createBox(await findBox(data))
  const files = readdirSync(samples)
  cpSync(samples, join(data, 'drop'), { recursive: true })
  const read = await untilRead(box, files.length)
  check(read.counts.ready === files.length, `${read.counts.ready} of ${files.length} samples are searchable`)
  await askAll(box)
  await verifyLedger(box, files.length + questions.length)
}

/** Waits until the box knows all files and has read them. */
async function untilRead(box: Box, files: number): Promise<BoxStatus> {
  for (;;) {
    const status = await box.get<BoxStatus>('/api/status')
    const { ready, failed } = status.counts
    if (ready + failed >= files) return status
    await pause(200)
  }
}

async function askAll(box: Box): Promise<void> {
  let conversation: string | undefined
  for (const question of questions) {
    output.line(`\n${output.bold(`问 ${question.ask}`)}`)
    const body = { question: question.ask, ...(question.followsUp && conversation && { conversation }) }
    const { answer, failure } = await askBox(box, body, () => {})
    if (!answer) {
      check(false, failure?.en ?? 'there is no answer')
      continue
    }
    conversation = answer.conversation
    showAnswer(answer, output, false)
    for (const problem of await problemsOf(box, answer, question)) check(false, problem)
  }
}

async function verifyLedger(box: Box, told: number): Promise<void> {
  // The embedding model in use has an entry too.
  const expected = told + 1
  while ((await box.get<BoxStatus>('/api/status')).services.ledger.pending > 0) await pause(100)
  const ledger = await box.post<LedgerCheck>('/api/ledger/verify', {})
  output.line(
    `\n账本 Ledger: ${ledger.entries} 条 entries, ${ledger.contents.opened} 条内容相符 contents open their commitments`,
  )
  check(ledger.ok, `the ledger is not sound: ${ledger.problem?.what}`)
  check(ledger.entries === expected, `the ledger holds ${ledger.entries} entries, not ${expected}`)
  check(ledger.contents.opened === expected, 'not every entry has its content')
}

await main()

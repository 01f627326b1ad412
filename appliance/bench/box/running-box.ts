import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Box, createBox, findBox } from '../../src/cli/box.ts'
import type { BoxStatus } from '../../src/model.ts'
import { treeMemory } from '../ingest/memory.ts'

const root = resolve(import.meta.dirname, '../../..')

/** The three services under their supervisor, as `npm start` runs them, on free ports. */
export interface RunningBox extends AsyncDisposable {
  box: Box
  url: string
  drop: string
  /** Sum of the proportional set sizes of supervisor, services and parsers, MB. */
  memoryMb(): number
  /** Waits until nothing is left to read and the index has everything. */
  settled(): Promise<BoxStatus>
}

export async function startBox(data: string): Promise<RunningBox> {
  const supervisor = fork(join(root, 'bin/supervisor.ts'), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      TANBOX_DATA: data,
      TANBOX_PORT: '0',
      TANBOX_GATEWAY_PORT: '0',
      TANBOX_LEDGER_PORT: '0',
    },
  })
  await ready(supervisor)
  const address = await findBox(data)
  const box = createBox(address)
  return {
    box,
    url: address.url,
    drop: join(data, 'drop'),
    memoryMb: () => Math.round(treeMemory(supervisor.pid ?? 0) / 1e6),
    async settled() {
      for (;;) {
        const status = await box.get<BoxStatus>('/api/status')
        const { done, total } = status.progress
        if (done === total && status.index.passages >= status.counts.passages) return status
        await pause(200)
      }
    },
    async [Symbol.asyncDispose]() {
      supervisor.kill('SIGTERM')
      if (supervisor.exitCode === null) await once(supervisor, 'exit')
    },
  }
}

function ready(supervisor: ChildProcess): Promise<void> {
  return new Promise((settle, reject) => {
    supervisor.once('message', () => settle())
    supervisor.once('exit', (code) => reject(new Error(`the supervisor ended with ${code}`)))
  })
}

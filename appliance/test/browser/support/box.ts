import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..')
export const samples = join(root, 'samples')

/** All three services under their supervisor, as `npm start` brings them up, on a data folder of their own. */
export interface RunningBox extends AsyncDisposable {
  url: string
  claimCode: string
  drop: string
}

/** Starts a box whose answers are written by the model server at `modelUrl`. */
export async function startBox(modelUrl: string): Promise<RunningBox> {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-browser-'))
  const drop = join(data, 'drop')
  mkdirSync(drop)
  const supervisor = fork(join(root, 'bin/supervisor.ts'), {
    env: {
      // Not the test runner's environment: its NODE_OPTIONS load modules that a parser may not have.
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LANG: process.env.LANG,
      TANBOX_DATA: data,
      TANBOX_DROP: drop,
      TANBOX_HOST: '127.0.0.1',
      TANBOX_PORT: '0',
      TANBOX_GATEWAY_PORT: '0',
      TANBOX_LEDGER_PORT: '0',
      TANBOX_GATEWAY_PROVIDER: 'openai',
      TANBOX_GATEWAY_MODEL_URL: modelUrl,
      TANBOX_GATEWAY_MODEL_NAME: 'stub-writer',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
    execArgv: [],
  })
  let printed = ''
  supervisor.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const stop = async () => {
    await stopped(supervisor)
    rmSync(data, { recursive: true, force: true })
  }
  try {
    const ready = await Promise.race([once(supervisor, 'message'), once(supervisor, 'exit')])
    const { url } = (ready[0] as { ready?: { url: string } }).ready ?? {}
    const claimCode = /Claim code\s+(\S+)/.exec(printed)?.[1]
    if (!url || !claimCode) throw new Error(`the box did not start: ${printed}`)
    return { url, claimCode, drop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function stopped(supervisor: ChildProcess): Promise<void> {
  if (supervisor.exitCode !== null) return
  const gone = once(supervisor, 'exit')
  supervisor.kill('SIGTERM')
  await gone
}

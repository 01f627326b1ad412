import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createLedgerClient } from '../../src/client.ts'
import { readConfig } from '../../src/config.ts'
import { type RunningNode, runNode } from '../../src/running-node.ts'

export interface TestNode {
  url: string
  token: string
  folder: string
  /** What a command line or another process is given to find the node. */
  environment: Record<string, string>
  running: RunningNode
  client: ReturnType<typeof createLedgerClient>
  errors: unknown[]
  notices: string[]
  stop(): Promise<void>
}

/** A whole node on a port of loopback, in a folder of its own. */
export async function startNode(
  t: Test,
  settings: Record<string, string> = {},
  folder = mkdtempSync(join(tmpdir(), 'tanbox-node-')),
): Promise<TestNode> {
  const environment = {
    TANBOX_LEDGER_DATA: join(folder, 'log'),
    TANBOX_LEDGER_TOKEN: join(folder, 'token'),
    TANBOX_LEDGER_PORT: '0',
    TANBOX_LEDGER_ORIGIN: 'box.test',
    TANBOX_LEDGER_NAME: 'the box of the test',
    TANBOX_LEDGER_PUBLISH_MS: '20',
    ...settings,
  }
  const errors: unknown[] = []
  const notices: string[] = []
  const running = await runNode(readConfig(environment), {
    version: '0',
    notice: (sentence) => notices.push(sentence),
    onError: (error) => errors.push(error),
  })
  let stopped = false
  const stop = async () => {
    if (!stopped) await running[Symbol.asyncDispose]()
    stopped = true
  }
  t.teardown(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${running.port}`
  const { token } = running
  const client = createLedgerClient({ url, token })
  return { url, token, folder, environment, running, client, errors, notices, stop }
}

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLedgerClient } from '@tanbox/ledger-node/client'
import type { Test } from 'tap'
import { readConfig } from '../../../ledger-node/src/config.ts'
import { sealStatement, signStatement } from '../../../ledger-node/src/forks/statement.ts'
import {
  formatVerifierKey,
  logKeyType,
  makeSignerKey,
  verifierOf,
} from '../../../ledger-node/src/note/key.ts'
import { runNode } from '../../../ledger-node/src/running-node.ts'
import { createRemoteLedger } from '../../src/ledger/remote.ts'

/** A ledger node that can be stopped and started again on the same log and port. */
export async function ledgerNode(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-ledger-'))
  let port = 0
  let token = ''
  let running: { stop(): Promise<void> } | null = null
  const start = async () => {
    const config = readConfig({
      TANBOX_LEDGER_DATA: join(folder, 'log'),
      TANBOX_LEDGER_TOKEN: join(folder, 'token'),
      TANBOX_LEDGER_ORIGIN: 'box.test',
      TANBOX_LEDGER_PORT: String(port),
    })
    const node = await runNode(config, { version: '0', notice: () => {}, onError: () => {} })
    port = node.port
    token = node.token
    running = {
      stop: async () => {
        running = null
        await node[Symbol.asyncDispose]()
      },
    }
  }
  await start()
  t.teardown(async () => {
    await running?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return JSON.parse((await response.text()) || '{}') as { published: number; statement: string | null }
  }
  /** Goes on under the next log id; an administrator signs for it where the old log cannot be written to. */
  const succeed = async () => {
    const admin = makeSignerKey('box.test/admin', logKeyType, Buffer.alloc(32, 7))
    await ask('POST', '/v1/admin-key', { key: formatVerifierKey(verifierOf(admin)) })
    const { statement } = await ask('POST', '/v1/succession', { reason: 'entries were lost' })
    const signed = statement && sealStatement(statement, [signStatement(statement, admin)])
    await ask('POST', '/v1/successor', signed ? { statement: signed } : {})
  }
  const log = join(folder, 'log')
  const backup = join(folder, 'backup')
  const ledger = createRemoteLedger(createLedgerClient({ url: `http://127.0.0.1:${port}`, token }))
  return {
    ledger,
    start,
    stop: () => running!.stop(),
    entries: join(folder, 'log', 'entries'),
    succeed,
    /** Ends when so many entries are under a checkpoint. */
    async published(size: number) {
      while ((await ask('GET', '/v1/head')).published < size) await new Promise((go) => setTimeout(go, 10))
    },
    /** Both while the node is stopped. What no backup may hold stays as it is. */
    backUp: () => cpSync(log, backup, { recursive: true }),
    restore() {
      rmSync(log, { recursive: true })
      cpSync(backup, log, { recursive: true })
    },
  }
}

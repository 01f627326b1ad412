import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLedgerClient } from '@tanbox/ledger-node/client'
import type { Test } from 'tap'
import { openLog } from '../../../ledger-node/src/log/open-log.ts'
import { createServer } from '../../../ledger-node/src/server.ts'
import { createRemoteLedger } from '../../src/ledger/remote.ts'

const token = 'a token of the test'

/** A ledger node that can be stopped and started again on the same log and port. */
export async function ledgerNode(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-ledger-'))
  let port = 0
  let running: { stop(): Promise<void> } | null = null
  const start = async () => {
    const { log, origin, close } = await openLog(join(folder, 'log'), { host: 'box.test', notice: () => {} })
    const server = createServer(log, { origin, token, version: '0', onError: () => {} })
    await server.listen({ host: '127.0.0.1', port })
    port = (server.server.address() as AddressInfo).port
    running = {
      stop: async () => {
        running = null
        await server.close()
        await close()
      },
    }
  }
  await start()
  t.teardown(async () => {
    await running?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const ledger = createRemoteLedger(createLedgerClient({ url: `http://127.0.0.1:${port}`, token }))
  return { ledger, start, stop: () => running!.stop(), entries: join(folder, 'log', 'entries') }
}

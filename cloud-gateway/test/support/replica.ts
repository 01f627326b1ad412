/** One of several gateways on one PostgreSQL, as a process of its own: `replica.ts SETTINGS` (JSON), with IPC. */
import { randomUUID } from 'node:crypto'
import { openPostgresAccounts } from '../../src/accounts/postgres.ts'
import { estimatePrompt } from '../../src/estimate-tokens.ts'
import { createRouter } from '../../src/routing/create-router.ts'
import { startGateway } from '../../src/server.ts'
import type { GatewayTiming } from '../../src/timing.ts'
import { openaiAt } from './engines.ts'
import { targetOf } from './gateway.ts'

export interface ReplicaSettings {
  name: string
  database: { url: string; schema: string }
  /** The model server's base address. */
  model: string
  leaseMs: number
  timing: Partial<GatewayTiming>
}

const { name, database, model, leaseMs, timing }: ReplicaSettings = JSON.parse(process.argv[2]!)
const beatMs = leaseMs / 4

process.on('disconnect', () => process.exit())
const accounts = await openPostgresAccounts({ ...database, leaseMs, connections: 4 })
const observer = { observe() {} }
const router = createRouter({
  targets: [targetOf(openaiAt(model), { name: 'gpu' })],
  aliases: new Map([['default', ['gpu']]]),
  ...{ observer, estimatePrompt },
  log() {},
})
const gateway = await startGateway({
  ...{ name, host: '127.0.0.1', port: 0, process: randomUUID(), accounts, router, observer },
  log() {},
  timing: { leaseMs, beatMs, settleDeadMs: beatMs, changesMs: 100, succeedEveryMs: 50, ...timing },
})
process.send?.({ port: gateway.port })

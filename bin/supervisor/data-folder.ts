import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@tanbox/cloud-gateway/config'
import { enrolBox } from '@tanbox/cloud-gateway/enrolment'
import { createIdentity } from '@tanbox/cloud-gateway/identity'
import { type Lock, lockFile } from '@tanbox/ledger-node/lock'

/** Where each service keeps what is its own, inside the one data folder. */
export interface DataFolder {
  logs: string
  ledger: string
  /**
   * What no backup of the data folder may hold, beside it `logs`, `supervisor.lock` and what is rebuilt (`index`): a
   * restored ledger has to notice that it was restored, and a restored cosigner would vouch for what it has forgotten.
   */
  ledgerLocal: string
  ledgerToken: string
  gateway: string
  gatewayKey: string
}

export function layoutOf(data: string): DataFolder {
  return {
    logs: join(data, 'logs'),
    ledger: join(data, 'ledger'),
    ledgerLocal: join(data, 'ledger.local'),
    ledgerToken: join(data, 'ledger', 'token'),
    gateway: join(data, 'gateway'),
    gatewayKey: join(data, 'keys', 'gateway.json'),
  }
}

/**
 * Makes the data folder, for its owner alone, and takes its lock.
 * @throws LockHeld when a supervisor runs on this folder
 */
export function lockDataFolder(data: string): Lock {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  chmodSync(data, 0o700)
  return lockFile(join(data, 'supervisor.lock'))
}

/** Makes the key by which a gateway knows this box. What is there already stays as it is. */
export function makeBoxKey({ gatewayKey }: DataFolder): void {
  createIdentity(gatewayKey)
}

/**
 * Makes that key and lets the box in at the gateway of this data folder, whether that runs or not.
 * @throws EnrolmentError when the gateway has shut it out; ConfigError for wrong settings of the gateway
 */
export async function enrolLocalBox(
  { gateway, gatewayKey }: DataFolder,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const identity = createIdentity(gatewayKey)
  const { data, database } = readConfig({ ...environment, TANBOX_GATEWAY_DATA: gateway })
  await enrolBox({ data, database }, identity, 'this machine')
}

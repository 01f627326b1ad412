import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
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
  gatewayBoxes: string
  gatewayKey: string
}

export function layoutOf(data: string): DataFolder {
  return {
    logs: join(data, 'logs'),
    ledger: join(data, 'ledger'),
    ledgerLocal: join(data, 'ledger.local'),
    ledgerToken: join(data, 'ledger', 'token'),
    gateway: join(data, 'gateway'),
    gatewayBoxes: join(data, 'gateway', 'boxes'),
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

/** Makes the key by which the gateway on this machine knows this box. What is there already stays as it is. */
export function enrolLocalBox({ gatewayBoxes, gatewayKey }: DataFolder): void {
  enrolBox(gatewayBoxes, createIdentity(gatewayKey), 'this machine')
}

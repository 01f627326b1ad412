import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { enrolBox } from '@tanbox/cloud-gateway/enrolment'
import { createIdentity } from '@tanbox/cloud-gateway/identity'
import { type Lock, lockFile } from '@tanbox/ledger-node/lock'

/** Where each service keeps what is its own, inside the one data folder. */
export interface DataFolder {
  lock: Lock
  logs: string
  ledger: string
  ledgerToken: string
  gateway: string
  gatewayBoxes: string
  gatewayKey: string
}

/**
 * Makes the data folder, for its owner alone, takes its lock, and makes the key by which the gateway knows this
 * box. Everything that is there already stays as it is.
 * @throws LockHeld when a supervisor runs on this folder
 */
export function prepareDataFolder(data: string): DataFolder {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  chmodSync(data, 0o700)
  const lock = lockFile(join(data, 'supervisor.lock'))
  try {
    const folder: DataFolder = {
      lock,
      logs: join(data, 'logs'),
      ledger: join(data, 'ledger'),
      ledgerToken: join(data, 'ledger', 'token'),
      gateway: join(data, 'gateway'),
      gatewayBoxes: join(data, 'gateway', 'boxes'),
      gatewayKey: join(data, 'keys', 'gateway.json'),
    }
    enrolBox(folder.gatewayBoxes, createIdentity(folder.gatewayKey), 'this machine')
    return folder
  } catch (error) {
    lock.release()
    throw error
  }
}

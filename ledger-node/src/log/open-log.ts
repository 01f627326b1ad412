import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { systemClock } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import { fileDisk } from '../disk/file-disk.ts'
import { openBoxLogs } from './open-box-logs.ts'
import type { OwnLog } from './own-log.ts'

export interface OpenLog extends AsyncDisposable {
  origin: string
  log: OwnLog
  close(): Promise<void>
}

export interface LogSettings {
  /** First part of the origin of a log that begins. */
  host: string
  /** Told what a person should know, such as a torn tail that was dropped. */
  notice: (sentence: string) => void
  /** A test gives a failing one. */
  disk?: Disk
  publishEveryMs?: number
}

export const defaultPublishEveryMs = 250

/**
 * Opens the current log of a box on this machine, or begins one; beside the folder lies `<folder>.local`.
 * @throws LockHeld, LogDamaged
 */
export async function openLog(folder: string, settings: LogSettings): Promise<OpenLog> {
  const data = resolve(folder)
  const ports = {
    disk: settings.disk ?? fileDisk,
    clock: systemClock,
    random: randomBytes,
    notice: settings.notice,
  }
  const logs = await openBoxLogs(ports, {
    data,
    local: `${data}.local`,
    host: settings.host,
    publishEveryMs: settings.publishEveryMs ?? defaultPublishEveryMs,
  })
  const close = async () => logs[Symbol.asyncDispose]()
  return { origin: logs.current.origin, log: logs.current, close, [Symbol.asyncDispose]: close }
}

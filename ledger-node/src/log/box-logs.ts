import type { Clock, Random } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import type { SignerKey, VerifierKey } from '../note/key.ts'
import type { OwnLog } from './own-log.ts'

export interface BoxPorts {
  disk: Disk
  clock: Clock
  random: Random
  /** Told what a person should know. */
  notice: (sentence: string) => void
}

export interface BoxSettings {
  /** Folder that is backed up. */
  data: string
  /** Folder that no backup may hold. */
  local: string
  /** First part of the origin of a log that begins. */
  host: string
  publishEveryMs: number
}

/** A log id that has a key and no log yet. */
export interface Successor {
  origin: string
  key: VerifierKey
}

export interface SuccessionSettings {
  /**
   * What the administrators signed about the new log id, kept in `statements/`. For a log that cannot endorse it by
   * an entry of its own; one that can needs none.
   */
  statement?: string
}

/** The logs of one box: one that is written to, and those it went on from. */
export interface BoxLogs extends AsyncDisposable {
  /** First part of the origins. */
  readonly host: string
  /** 16 hex digits. */
  readonly box: string
  /** By generation; the last is the current one. */
  readonly logs: readonly OwnLog[]
  readonly current: OwnLog
  /** Why this start took the data for restored; null when it did not. */
  readonly restored: string | null

  /** The key that this box cosigns with. It is another after `renewCosigner`. */
  readonly cosigner: SignerKey
  /** Puts the cosigner's key away and makes another: what it signed may have been forgotten. */
  renewCosigner(): Promise<SignerKey>

  /**
   * Makes the key of the next log id, so that it can be endorsed before the log begins. The same answer until then.
   * @param generation a later one than the next, where that may have been used in a time that a restore lost
   */
  prepareSuccessor(generation?: number): Promise<Successor>
  /**
   * Begins the next log id and closes the current log. One that is open endorses it by its last entry,
   * `log-succeeded`, whose content and salt are kept in `statements/<origin hash of the new log>.json`.
   */
  beginSuccessor(settings?: SuccessionSettings): Promise<OwnLog>
  /** Told of a new current log. */
  onSuccessor(listener: (log: OwnLog) => void): () => void
}

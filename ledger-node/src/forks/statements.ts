import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { replaceDurably } from '../disk/durable.ts'
import type { VerifierKey } from '../note/key.ts'
import { NoteError, parseNote } from '../note/note.ts'
import { isOriginHash, originHash } from '../peers/origin-hash.ts'
import { type Registry, RegistryError } from '../peers/registry.ts'
import { Turns } from '../peers/turns.ts'
import { parseStatement, StatementError, verifyStatement } from './statement.ts'
import { maxSuccessionBytes, oldOriginOf, parseSuccession, verifySuccession } from './succession.ts'

export interface StatementsParts {
  disk: Disk
  /** `statements`: a file for each new log, named by its origin hash. */
  folder: string
  registry: Registry
  /** Whether a log was proved to fork: its own word about a successor counts nothing then. */
  hasForked: (id: string) => boolean
  /** A peer goes on with another log. */
  onReplaced: (oldOrigin: string, newOrigin: string, id: string) => Promise<void>
}

interface Endorsed {
  oldOrigin: string
  newOrigin: string
  key: VerifierKey
}

/** What endorses new log ids: kept, handed on, and acted upon once it is verified. */
export class Statements {
  readonly #parts: StatementsParts
  readonly #ids: Set<string>
  readonly #turns = new Turns()

  constructor(parts: StatementsParts, ids: Iterable<string>) {
    this.#parts = parts
    this.#ids = new Set(ids)
  }

  /** Origin hashes of the new logs. */
  get ids(): string[] {
    return [...this.#ids]
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  async read(id: string): Promise<Buffer | null> {
    if (!this.#ids.has(id)) return null
    return this.#parts.disk.read(join(this.#parts.folder, id), maxSuccessionBytes)
  }

  /** Keeps what this box has made about a log of its own. */
  keep(id: string, bytes: Uint8Array): Promise<void> {
    return this.#turns.take(id, async () => {
      await replaceDurably(this.#parts.disk, join(this.#parts.folder, id), bytes)
      this.#ids.add(id)
    })
  }

  /** Does what was kept and not done: after a crash, or for a peer that was added by an old card. */
  async apply(): Promise<void> {
    for (const id of this.#ids) {
      const bytes = await this.read(id)
      if (bytes) await this.take(id, bytes)
    }
  }

  /**
   * Takes what somebody shows: verified, it replaces the log of a peer.
   * @returns why it is not taken; null when it is
   */
  async take(id: string, bytes: Uint8Array): Promise<string | null> {
    try {
      const endorsed = this.#verify(bytes)
      if (originHash(endorsed.newOrigin) !== id) return 'it is about another log'
      const peer = this.#parts.registry.find(originHash(endorsed.oldOrigin))
      if (!peer) return 'the old log is not the one of a peer'
      this.#parts.registry.checkReplacement(peer.id, endorsed.key)
      if (!this.#ids.has(id)) await this.keep(id, bytes)
      await this.#parts.registry.replaceLog(peer.id, endorsed.key)
      await this.#parts.onReplaced(endorsed.oldOrigin, endorsed.newOrigin, id)
      return null
    } catch (error) {
      const isTheirs = [StatementError, NoteError, RegistryError].some((it) => error instanceof it)
      if (isTheirs) return (error as Error).message
      throw error
    }
  }

  #verify(bytes: Uint8Array): Endorsed {
    const { registry, hasForked } = this.#parts
    if (bytes.length > maxSuccessionBytes) throw new StatementError('The statement is too long.')
    // JSON begins with a brace, a note with a letter.
    if (bytes[0] !== 0x7b) {
      parseStatement(parseNote(bytes).text)
      return verifyStatement(bytes, registry.admins)
    }
    const succession = parseSuccession(bytes)
    const oldOrigin = oldOriginOf(succession)
    const key = registry.keyOf(oldOrigin)
    if (!key) throw new StatementError('The old log is not known here.')
    if (hasForked(originHash(oldOrigin)))
      throw new StatementError('The old log has forked; administrators have to sign.')
    return { oldOrigin, ...verifySuccession(succession, key) }
  }
}

export async function openStatements(parts: StatementsParts): Promise<Statements> {
  const names = await parts.disk.list(parts.folder)
  return new Statements(parts, names.filter(isOriginHash))
}

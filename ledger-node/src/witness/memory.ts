import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { replaceDurably } from '../disk/durable.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import type { VerifierKey } from '../note/key.ts'
import { maxNoteBytes, parseNote } from '../note/note.ts'
import { isOriginHash, originHash } from '../peers/origin-hash.ts'

/** The last checkpoint of a log that this witness cosigned. */
export interface Witnessed {
  /** The note: the log's signature and our cosignature. */
  note: string
  size: bigint
  root: Buffer
}

/**
 * What the witness remembers: one file a log, `<origin hash>`, which is the note itself. It is in a folder that is
 * never backed up: a memory that went back would cosign another history.
 */
export class WitnessMemory {
  readonly #disk: Disk
  readonly #folder: string
  /** Holds only logs that are known here. */
  readonly #logs = new Map<string, Witnessed | null>()

  constructor(disk: Disk, folder: string) {
    this.#disk = disk
    this.#folder = folder
  }

  /**
   * @param keys of the log: the file has to be signed by one of them
   * @throws Error when the file cannot be read or is not what was written
   */
  async latest(id: string, keys: readonly VerifierKey[]): Promise<Witnessed | null> {
    const known = this.#logs.get(id)
    if (known !== undefined) return known
    const path = join(this.#folder, id)
    const bytes = await this.#disk.read(path, maxNoteBytes)
    const witnessed = bytes && read(path, bytes, keys)
    this.#logs.set(id, witnessed)
    return witnessed
  }

  /** The note that was cosigned last of a log, also of one that is known here no more; null where there is none. */
  async note(id: string): Promise<string | null> {
    const known = this.#logs.get(id)
    if (known) return known.note
    const bytes = isOriginHash(id) ? await this.#disk.read(join(this.#folder, id), maxNoteBytes) : null
    if (bytes === null) return null
    const { origin } = parseCheckpoint(parseNote(bytes).text)
    if (originHash(origin) !== id) throw new Error(`${join(this.#folder, id)} is not what this witness wrote`)
    return bytes.toString('utf8')
  }

  /** In memory only once it is durable: after a failure both sides hold what they held, or the disk the newer one. */
  async remember(id: string, witnessed: Witnessed): Promise<void> {
    await replaceDurably(this.#disk, join(this.#folder, id), witnessed.note)
    this.#logs.set(id, witnessed)
  }
}

function read(path: string, bytes: Buffer, keys: readonly VerifierKey[]): Witnessed {
  try {
    const { checkpoint } = openCheckpoint(bytes, keys)
    return { note: bytes.toString('utf8'), size: checkpoint.size, root: checkpoint.root }
  } catch (cause) {
    throw new Error(`${path} is not what this witness wrote`, { cause })
  }
}

import { join } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import type { Disk } from '../disk/disk.ts'
import { removeDurably } from '../disk/durable.ts'
import { readJsonFile, writeJsonFile } from '../disk/json-file.ts'
import type { VerifierKey } from '../note/key.ts'
import { maxNoteBytes } from '../note/note.ts'
import { agree, readSignedNote, type SignedNote, type Statement } from './signed-note.ts'

/** A signed checkpoint of which nobody could show how it goes with what is known of its log. */
export interface Kept extends SignedNote {
  because: string
  /** False while the only reason is that nobody could be reached. */
  bars: boolean
}

/** Checkpoints kept for one log. Whoever signs more contradictions than these gains nothing by them. */
export const maxKept = 16
/** Characters of their notes together: each may have extension lines, up to `maxNoteBytes`. */
const maxKeptLength = 4 * maxNoteBytes

const FileSchema = Type.Array(
  Type.Object(
    {
      note: Type.String({ maxLength: maxNoteBytes }),
      because: Type.String({ maxLength: 512 }),
      bars: Type.Boolean(),
    },
    { additionalProperties: false },
  ),
  { maxItems: maxKept },
)
const validator = Compile(FileSchema)
/** A character takes at most three bytes; of the escaped ones, which take two, each is one byte before. */
const maxFileBytes = 3 * maxKeptLength + 64 * 1024

/** The unreconciled checkpoints of one log: file `unreconciled/<origin hash>`. */
export class Shelf {
  readonly #disk: Disk
  readonly #path: string
  #kept: readonly Kept[]
  /** On their way to the disk. */
  #coming: readonly SignedNote[] = []
  #saving: Promise<unknown> = Promise.resolve()

  constructor(disk: Disk, path: string, kept: readonly Kept[]) {
    this.#disk = disk
    this.#path = path
    this.#kept = kept
  }

  get kept(): readonly Kept[] {
    return this.#kept
  }

  /** What is kept and what is about to be: a contradiction of either is one, however long the disk takes. */
  get known(): readonly SignedNote[] {
    return [...this.#kept, ...this.#coming]
  }

  find(statement: Statement): Kept | undefined {
    return this.#kept.find((it) => agree(it, statement))
  }

  /**
   * Keeps a checkpoint, or tells why it is still kept.
   * @returns false when there is no room: nothing was kept
   */
  async put(note: SignedNote, because: string, bars: boolean): Promise<boolean> {
    if (this.#coming.length < maxKept) this.#coming = [...this.#coming, note]
    try {
      await this.#change((kept) => {
        const others = kept.filter((it) => !agree(it, note))
        const length = others.reduce((sum, it) => sum + it.note.length, note.note.length)
        if (others.length >= maxKept || length > maxKeptLength) return kept
        return [...others, { ...note, because: because.slice(0, 512), bars }]
      })
    } finally {
      this.#coming = this.#coming.filter((it) => it !== note)
    }
    return this.find(note) !== undefined
  }

  /** It has been reconciled. */
  take(statement: Statement): Promise<void> {
    return this.#change((kept) => kept.filter((it) => !agree(it, statement)))
  }

  #change(change: (kept: readonly Kept[]) => readonly Kept[]): Promise<void> {
    const run = async () => {
      const next = change(this.#kept)
      if (isSame(next, this.#kept)) return
      const file = next.map(({ note, because, bars }) => ({ note, because, bars }))
      if (file.length > 0) await writeJsonFile(this.#disk, this.#path, file)
      else await removeDurably(this.#disk, this.#path)
      this.#kept = next
    }
    const done = this.#saving.then(run)
    this.#saving = done.catch(() => {})
    return done
  }
}

function isSame(one: readonly Kept[], other: readonly Kept[]): boolean {
  const text = (kept: readonly Kept[]) => kept.map((it) => [it.note, it.because, it.bars])
  return one.length === other.length && JSON.stringify(text(one)) === JSON.stringify(text(other))
}

/** @throws Error for a damaged file */
export async function openShelf(disk: Disk, folder: string, id: string, key: VerifierKey): Promise<Shelf> {
  const path = join(folder, id)
  const file = (await readJsonFile(disk, path, maxFileBytes, validator)) ?? []
  const kept = file.map(({ note, because, bars }): Kept => ({ ...readSignedNote(note, key), because, bars }))
  return new Shelf(disk, path, kept)
}

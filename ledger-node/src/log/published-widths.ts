import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson } from '../entry.ts'
import { hashesAt } from '../store/hash-levels.ts'
import { fullWidth, type TileId } from '../tree/tiles.ts'

/** The last tile of a level, where it is partial, and the widths at which checkpoints were published. */
const LevelSchema = Type.Object(
  {
    index: Type.Integer({ minimum: 0 }),
    /** Ascending. */
    widths: Type.Array(Type.Integer({ minimum: 1, maximum: fullWidth - 1 }), { maxItems: fullWidth - 1 }),
  },
  { additionalProperties: false },
)
const Schema = Type.Object(
  { levels: Type.Array(LevelSchema, { maxItems: 8 }), size: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
)
const validator = Compile(Schema)
type Level = Type.Static<typeof LevelSchema>

/**
 * Which tiles a log serves: full ones up to the newest published checkpoint, and partial ones exactly of the sizes
 * that were published, until the full tile is there (C2SP tlog-tiles, "Partial Tiles"). A value: it is replaced.
 */
export class PublishedWidths {
  /** Of the newest checkpoint. */
  readonly size: number
  readonly #levels: readonly Level[]

  constructor(size = 0, levels: readonly Level[] = []) {
    this.size = size
    this.#levels = levels
  }

  /** With one more checkpoint, of a size not below those before. */
  with(size: number): PublishedWidths {
    const levels: Level[] = []
    for (let level = 0; hashesAt(level, size) > 0; level += 1) {
      const hashes = hashesAt(level, size)
      const index = Math.floor(hashes / fullWidth)
      const width = hashes % fullWidth
      const before = this.#levels[level]
      const widths = before?.index === index ? before.widths : []
      const isNew = width > 0 && widths.at(-1) !== width
      levels.push({ index, widths: isNew ? [...widths, width] : widths })
    }
    return new PublishedWidths(size, levels)
  }

  has({ level, index, width }: TileId): boolean {
    const row = level === 'entries' ? 0 : level
    if (index * fullWidth + width > hashesAt(row, this.size)) return false
    if (width === fullWidth) return true
    const last = this.#levels[row]
    return last?.index === index && last.widths.includes(width)
  }

  format(): string {
    return `${canonicalJson({ levels: this.#levels, size: this.size })}\n`
  }

  /** Null for what `format` did not write. */
  static parse(text: string): PublishedWidths | null {
    try {
      const value: unknown = JSON.parse(text)
      return validator.Check(value) ? new PublishedWidths(value.size, value.levels) : null
    } catch {
      return null
    }
  }
}

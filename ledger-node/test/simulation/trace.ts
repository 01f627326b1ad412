import { createHash } from 'node:crypto'

/**
 * What happened, in order, as one hash: two runs of a seed are the same run when their hashes are. With `lines`
 * it is also kept as text, for whoever looks into one seed.
 */
export class Trace {
  readonly lines: string[] | null
  private pending: string[] = []
  private size = 0
  private readonly hash = createHash('sha256')

  constructor(keepLines = false) {
    this.lines = keepLines ? [] : null
  }

  /** @param time virtual time in microseconds */
  note(time: number, words: string): void {
    const line = `${time} ${words}\n`
    this.lines?.push(line)
    this.pending.push(line)
    this.size += line.length
    if (this.size > 65_536) this.flush()
  }

  /** Hex SHA-256 of all that was noted so far. */
  digest(): string {
    this.flush()
    return this.hash.copy().digest('hex')
  }

  private flush(): void {
    this.hash.update(this.pending.join(''))
    this.pending = []
    this.size = 0
  }
}

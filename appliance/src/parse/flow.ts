import { TanboxError } from '../errors.ts'
import type { Span } from '../model.ts'

/** The text of one unit while it is being put together; every piece added tells where it stands. */
export class Flow {
  readonly unit: number
  readonly #maxLength: number
  #pieces: string[] = []
  #length = 0

  /** @param maxLength UTF-16 code units at which the document is refused */
  constructor(unit: number, maxLength: number) {
    this.unit = unit
    this.#maxLength = maxLength
  }

  get length(): number {
    return this.#length
  }

  get text(): string {
    return this.#pieces.join('')
  }

  /** Adds text as it is. @throws TanboxError `file-too-large` */
  add(text: string): Span {
    const start = this.#length
    this.#pieces.push(text)
    this.#length += text.length
    if (this.#length > this.#maxLength)
      throw new TanboxError('file-too-large', `${this.#maxLength} characters`)
    return { unit: this.unit, start, end: this.#length }
  }

  /** Adds a text that may have several lines, closed by a line feed; one span per line that is not blank. */
  lines(text: string): Span[] {
    const spans: Span[] = []
    for (const line of text.split('\n')) {
      const { start } = this.add(`${line}\n`)
      const body = line.trim()
      const from = start + line.indexOf(body)
      if (body !== '') spans.push({ unit: this.unit, start: from, end: from + body.length })
    }
    return spans
  }

  /** Adds a table cell, closed by a tab; the span leaves white space around it out. */
  cell(text: string): Span {
    const { start } = this.add(`${text}\t`)
    const body = text.trim()
    const from = start + text.indexOf(body)
    return { unit: this.unit, start: from, end: from + body.length }
  }
}

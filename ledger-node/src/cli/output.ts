import type { Language } from './language.ts'
import { padEnd, wrap } from './text-width.ts'

/** Where a command writes. The result goes to standard output, remarks to standard error. */
export interface Output {
  readonly language: Language
  /** One JSON document on standard output instead of text. */
  readonly json: boolean
  /** Bytes of a result, as they are. */
  write(text: string): void
  /** Width of the terminal; 0 where the result goes into a file or a pipe. */
  readonly columns: number
  /** Whether standard output is a terminal, which shows colours. */
  readonly colours: boolean
  /** A line for a person, made safe for a terminal and broken at its width, further lines set in by `indent`. */
  line(text?: string, indent?: number): void
  /** A line of a table: what it is, and then the value in its column. */
  row(name: string, value: string): void
  /** The JSON document: called once, and only with `json`. */
  document(value: unknown): void
  remark(text: string): void
}

/** Columns of the names in a table. */
const rowIndent = 12

export function createOutput(
  streams: { out: NodeJS.WritableStream; err: NodeJS.WritableStream },
  { language, json, columns = 0 }: { language: Language; json: boolean; columns?: number },
): Output {
  const { out, err } = streams
  const line = (text = '', indent = 0) => void out.write(`${wrap(safe(text), columns, indent)}\n`)
  return {
    language,
    json,
    columns,
    colours: 'isTTY' in out && out.isTTY === true,
    write: (text) => void out.write(text),
    line,
    row: (name, value) => line(`${padEnd(name, rowIndent)}${value}`, rowIndent),
    document: (value) => void out.write(`${JSON.stringify(value, null, 2)}\n`),
    remark: (text) => void err.write(`${wrap(safe(text), columns)}\n`),
  }
}

/**
 * Text that others gave without what a terminal would obey: control characters but line end and tab, and the marks
 * that turn the direction of writing.
 */
export function safe(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
}

/** Where a command writes. The result goes to standard output, remarks to standard error. */
export interface Output {
  /** One JSON document on standard output instead of text. */
  readonly json: boolean
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number
  /** Bytes of a result, as they are. */
  write(text: string): void
  /** A line for a person, made safe for a terminal. */
  line(text?: string): void
  /** The JSON document: called once, and only with `json`. */
  document(value: unknown): void
  remark(text: string): void
}

export function createOutput(
  { out, err }: { out: NodeJS.WritableStream & { columns?: number }; err: NodeJS.WritableStream },
  json: boolean,
): Output {
  return {
    json,
    columns: out.columns || 80,
    write: (text) => void out.write(text),
    line: (text = '') => void out.write(`${safe(text)}\n`),
    document: (value) => void out.write(`${JSON.stringify(value, null, 2)}\n`),
    remark: (text) => void err.write(`${safe(text)}\n`),
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

import type { Language } from './language.ts'

/** Where a command writes. The result goes to `out`; progress and remarks go to `err`. */
export interface Output {
  readonly language: Language
  /** One JSON document on standard output instead of text. */
  readonly json: boolean
  readonly interactive: boolean
  readonly columns: number
  /** Text of the result, made safe for a terminal. */
  write(text: string): void
  line(text?: string): void
  /** The JSON document: called once, and only with `json`. */
  document(value: unknown): void
  /** A line that the next one replaces; a plain line now and then where standard error is no terminal. */
  progress(text: string): void
  remark(text: string): void
  bold(text: string): string
  dim(text: string): string
}

const plainProgressEveryMs = 5000

export function createOutput(
  streams: {
    out: NodeJS.WritableStream & { isTTY?: boolean }
    err: NodeJS.WritableStream & { isTTY?: boolean }
  },
  settings: { language: Language; json: boolean; color: boolean; columns: number },
): Output {
  const { out, err } = streams
  const { language, json, color, columns } = settings
  let shown = false
  let lastPlain = 0
  const clear = () => {
    if (shown) err.write('\r\x1b[2K')
    shown = false
  }
  const style = (on: number, off: number) => (text: string) =>
    color ? `\x1b[${on}m${safe(text)}\x1b[${off}m` : safe(text)
  const write = (text: string) => {
    clear()
    out.write(text)
  }
  return {
    language,
    json,
    columns,
    interactive: out.isTTY === true && !json,
    write,
    line: (text = '') => write(`${text}\n`),
    document: (value) => write(`${JSON.stringify(value, null, 2)}\n`),
    progress(text) {
      if (err.isTTY) {
        clear()
        err.write(text)
        shown = text !== ''
      } else if (text && Date.now() - lastPlain >= plainProgressEveryMs) {
        lastPlain = Date.now()
        err.write(`${text}\n`)
      }
    },
    remark(text) {
      clear()
      err.write(`${text}\n`)
    },
    bold: style(1, 22),
    dim: style(2, 22),
  }
}

/**
 * Text from documents, file names and models without what a terminal would obey: control characters but line
 * end and tab, and the marks that turn the direction of writing.
 */
export function safe(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
}

/** The same for a file name or another text that stands within a line: it must not begin lines of its own. */
export function oneLine(text: string): string {
  return safe(text).replace(/[\n\t\u2028\u2029]+/g, ' ')
}

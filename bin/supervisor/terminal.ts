import type { WriteStream } from 'node:tty'
import { fit } from '../../appliance/src/cli/wide-text.ts'

/** Where the supervisor speaks to a person: lines that stay, and below them one that changes. */
export interface Terminal {
  line(text: string): void
  /** Replaces the last line; where the output is no terminal it is left out. */
  status(text: string): void
  readonly isInteractive: boolean
}

export function createTerminal(out: WriteStream | NodeJS.WriteStream): Terminal {
  const isInteractive = out.isTTY === true
  let shown = ''
  // Whoever read along may go (`npm start | head`): the box runs on without saying anything.
  out.on('error', () => {})
  const clear = () => {
    if (shown) out.write('\r\x1b[2K')
  }
  return {
    isInteractive,
    line(text) {
      clear()
      out.write(`${text}\n`)
      if (shown) out.write(shown)
    },
    status(text) {
      if (!isInteractive) return
      clear()
      shown = text && fit(text, (out.columns || 80) - 1)
      out.write(shown)
    },
  }
}

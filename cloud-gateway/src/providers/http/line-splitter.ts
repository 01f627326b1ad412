/** Lines of a byte stream, for server-sent events and for JSON by the line. */
import { isUtf8 } from 'node:buffer'
import { askError } from '../../errors.ts'

export interface LineSplitter {
  /** Bytes as they arrived: characters and line ends may be cut anywhere. */
  push(bytes: Buffer): void
  /** The next whole line without its end (CR, LF or CRLF); null: there is none yet. Throws AskError. */
  next(): string | null
  /** What stands after the last line end; empty: nothing. Throws AskError. */
  rest(): string
  /** Bytes that were pushed and not given out. */
  readonly waitingBytes: number
}

const lineFeed = 10
const carriageReturn = 13
const nothing = Buffer.alloc(0)

/**
 * Each byte is looked at a fixed number of times, however it is cut. `longest` bytes without a line end are an error:
 * an engine that never ends its line must not fill the memory.
 */
export function createLineSplitter(longest: number): LineSplitter {
  let chunk: Buffer = nothing
  /** Where the next line begins in `chunk`, and the next ends at or after that; -1: none in this chunk. */
  let at = 0
  let lf = -1
  let cr = -1
  /** The beginning of a line whose end has not come: copied, so that it keeps no chunk alive. */
  let held: Buffer = nothing
  let heldBytes = 0
  let afterCr = false
  let first = true

  /** The end of the line that begins at `at`. Either search goes on from where it ended, never again from `at`. */
  function lineEnd(): number {
    if (lf >= 0 && lf < at) lf = chunk.indexOf(lineFeed, at)
    if (cr < 0) return lf
    if (cr < at) cr = chunk.indexOf(carriageReturn, at)
    return cr < 0 || (lf >= 0 && lf < cr) ? lf : cr
  }

  function hold(end: number): void {
    const more = end - at
    if (heldBytes + more > longest) throw askError('model-bad-response', 'a line without end')
    if (heldBytes + more > held.length) {
      const larger = Buffer.allocUnsafe(Math.min(longest, Math.max(1024, 2 * (heldBytes + more))))
      held.copy(larger, 0, 0, heldBytes)
      held = larger
    }
    chunk.copy(held, heldBytes, at, end)
    heldBytes += more
  }

  function takeHeld(): string {
    const text = decode(held, 0, heldBytes)
    heldBytes = 0
    if (held.length > 64 * 1024) held = nothing
    return text
  }

  function withoutMark(line: string): string {
    if (!first) return line
    first = false
    return line.charCodeAt(0) === 0xfeff ? line.slice(1) : line
  }

  return {
    push(bytes) {
      chunk = at < chunk.length ? Buffer.concat([chunk.subarray(at), bytes]) : bytes
      at = 0
      lf = chunk.indexOf(lineFeed)
      cr = chunk.indexOf(carriageReturn)
    },
    next() {
      if (afterCr && at < chunk.length) {
        afterCr = false
        if (chunk[at] === lineFeed) at += 1
      }
      const end = lineEnd()
      if (end < 0) {
        if (at < chunk.length) hold(chunk.length)
        chunk = nothing
        at = 0
        return null
      }
      let line: string
      if (heldBytes > 0) {
        hold(end)
        line = takeHeld()
      } else {
        if (end - at > longest) throw askError('model-bad-response', 'a line without end')
        line = end === at ? '' : decode(chunk, at, end)
      }
      afterCr = chunk[end] === carriageReturn
      at = end + 1
      return withoutMark(line)
    },
    rest: () => withoutMark(takeHeld()),
    get waitingBytes() {
      return chunk.length - at + heldBytes
    },
  }
}

/** Node puts U+FFFD in the place of what is no UTF-8; only where one stands need the bytes be looked at again. */
function decode(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) {
    throw askError('model-bad-response', 'invalid UTF-8')
  }
  return text
}

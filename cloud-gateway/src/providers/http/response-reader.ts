/**
 * The bytes of one HTTP/1.1 response (RFC 9112), whole or in pieces, turned into its head and its body. Pure. One
 * response a connection: what comes after its end is not looked at.
 */

export interface ResponseHead {
  status: number
  version: '1.0' | '1.1'
  /** Names in lower case; repeated ones joined by ", ". */
  headers: ReadonlyMap<string, string>
}

export interface ResponseEvents {
  head(head: ResponseHead): void
  /** Bytes of the body without their framing; they may be kept. */
  body(bytes: Buffer): void
  /** The body is whole. */
  end(): void
}

/** What comes is no HTTP response, or breaks its own framing. */
export class ResponseSyntaxError extends Error {
  override name = 'ResponseSyntaxError'
}

/** Of status line and headers, and of trailers; of the line before a chunk with its extensions. */
const longestHead = 16 * 1024
const longestChunkLine = 1024

type State = 'head' | 'counted' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'done'

export interface ResponseReader {
  /** Changes the bytes: the framing between pieces of the body is taken out in place. Throws ResponseSyntaxError. */
  push(bytes: Buffer): void
  /** The connection was closed. False: in the middle of the response. */
  closed(): boolean
  readonly done: boolean
  /** Something came behind the end. */
  readonly surplus: boolean
  /** Something of a head has come. */
  readonly begun: boolean
}

export function createResponseReader(events: ResponseEvents): ResponseReader {
  let state: State = 'head'
  /** What of a head, a chunk line or trailers has come. */
  let held: Buffer = Buffer.alloc(0)
  /** Bytes of the body, or of the chunk, that are still to come. */
  let left = 0
  let surplus = false

  /** The bytes up to and with `mark` that stand at `from`, together with what was held; null: not all is there. */
  function take(
    bytes: Buffer,
    from: number,
    mark: string,
    most: number,
  ): { text: string; next: number } | null {
    const all = held.length === 0 ? bytes.subarray(from) : Buffer.concat([held, bytes.subarray(from)])
    const end = all.indexOf(mark)
    if ((end < 0 ? all.length : end) > most) throw new ResponseSyntaxError('too long a head')
    if (end < 0) {
      held = Buffer.from(all)
      return null
    }
    const next = bytes.length - (all.length - end - mark.length)
    held = Buffer.alloc(0)
    return { text: all.toString('latin1', 0, end), next }
  }

  function push(bytes: Buffer): void {
    let at = 0
    if (state === 'head') {
      const next = takeHeads(bytes)
      if (next === null) return
      at = next
    }
    if (state === 'until-close') {
      if (at < bytes.length) events.body(bytes.subarray(at))
    } else if (state === 'counted') {
      const part = bytes.subarray(at, at + left)
      left -= part.length
      surplus = at + part.length < bytes.length
      if (part.length > 0) events.body(part)
      finishCounted()
    } else if (state !== 'done') {
      takeChunks(bytes, at)
    }
  }

  function finishCounted(): void {
    if (left > 0) return
    state = 'done'
    events.end()
  }

  /** Interim responses are passed over (RFC 9110, section 15.2). Where the body begins, or null. */
  function takeHeads(bytes: Buffer): number | null {
    for (let at = 0; ; ) {
      const taken = take(bytes, at, '\r\n\r\n', longestHead)
      if (taken === null) {
        // What is no HTTP need not end a head either.
        if (!startsAsHttp(held)) throw new ResponseSyntaxError('no status line')
        return null
      }
      at = taken.next
      const head = readHead(taken.text)
      if (head.status === 101) throw new ResponseSyntaxError('another protocol')
      if (head.status < 200) continue
      begin(head)
      return at
    }
  }

  function begin(head: ResponseHead): void {
    const coding = head.headers.get('transfer-encoding')
    const length = head.headers.get('content-length')
    if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || length !== undefined)) {
      throw new ResponseSyntaxError('framing that is not known')
    }
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new ResponseSyntaxError('no length')
    left = Number(length ?? 0)
    const empty = head.status === 204 || head.status === 304
    state = empty || length !== undefined ? 'counted' : coding !== undefined ? 'chunk-line' : 'until-close'
    if (empty) left = 0
    events.head(head)
    if (state === 'counted') finishCounted()
  }

  /** Moves the pieces of the body together, so that many small chunks are one. */
  function takeChunks(bytes: Buffer, from: number): void {
    /** Where the body begins: the first piece stays where it is. */
    let start = -1
    let written = -1
    let at = from
    let over = false
    while (at < bytes.length && !over) {
      if (state === 'chunk') {
        const part = Math.min(left, bytes.length - at)
        if (start < 0) {
          start = at
          written = at
        } else if (written !== at) bytes.copyWithin(written, at, at + part)
        written += part
        at += part
        left -= part
        if (left === 0) state = 'chunk-end'
      } else if (state === 'chunk-end') {
        if (held.length === 0 && bytes[at] === 13 && bytes[at + 1] === 10) {
          at += 2
          state = 'chunk-line'
          continue
        }
        const taken = take(bytes, at, '\r\n', 2)
        if (taken === null) break
        if (taken.text !== '') throw new ResponseSyntaxError('a chunk that does not end')
        at = taken.next
        state = 'chunk-line'
      } else if (state === 'chunk-line') {
        const size = held.length === 0 ? shortSize(bytes, at) : null
        if (size) {
          left = size.value
          at = size.next
        } else {
          const taken = take(bytes, at, '\r\n', longestChunkLine)
          if (taken === null) break
          left = readSize(taken.text)
          at = taken.next
        }
        state = left === 0 ? 'trailers' : 'chunk'
      } else {
        // Trailers end with an empty line; there may be none.
        const taken = take(bytes, at, '\r\n', longestHead)
        if (taken === null) break
        at = taken.next
        over = taken.text === ''
      }
    }
    if (written > start) events.body(bytes.subarray(start, written))
    if (!over) return
    surplus = at < bytes.length
    state = 'done'
    events.end()
  }

  return {
    push,
    closed() {
      if (state !== 'until-close') return state === 'done'
      state = 'done'
      events.end()
      return true
    },
    get done() {
      return state === 'done'
    },
    get surplus() {
      return surplus
    },
    get begun() {
      return state !== 'head' || held.length > 0
    },
  }
}

/** The usual line before a chunk, read without making a text of it: a few hex digits and CRLF; null: something else. */
function shortSize(bytes: Buffer, at: number): { value: number; next: number } | null {
  let value = 0
  for (let next = at; next < at + 6; next += 1) {
    const byte = bytes[next]
    if (byte === undefined) return null
    if (byte === 13) return next > at && bytes[next + 1] === 10 ? { value, next: next + 2 } : null
    const digit = byte <= 57 ? byte - 48 : (byte | 32) - 87
    if (digit < 0 || digit > 15 || (byte > 57 && digit < 10)) return null
    value = value * 16 + digit
  }
  return null
}

function readSize(line: string): number {
  const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1]
  if (size === undefined) throw new ResponseSyntaxError('a chunk without a size')
  return Number.parseInt(size, 16)
}

const version = 'HTTP/1.'
const startsAsHttp = (bytes: Buffer) => version.startsWith(bytes.toString('latin1', 0, version.length))

function readHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n')
  const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? []
  if (status === undefined) throw new ResponseSyntaxError('no status line')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line)
    if (!field || /[\0\r\n]/.test(line)) throw new ResponseSyntaxError('a header that is none')
    const name = field[1]!.toLowerCase()
    const before = headers.get(name)
    headers.set(name, before === undefined ? field[2]! : `${before}, ${field[2]!}`)
  }
  return { status: Number(status), version: minor === '1' ? '1.1' : '1.0', headers }
}

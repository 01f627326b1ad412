/**
 * The tokens that the model stub writes: each carries its number and the moment it was written, so that who reads them
 * sees at once whether one is missing, repeated or late.
 */

/** Microseconds of the machine's monotonic clock, the same in all processes. */
export function nowMicros(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1_000_000 + Math.floor(nanos / 1000)
}

const indexDigits = 6
const stampDigits = 15
/** "000012:000123456789012 " */
export const tokenLength = indexDigits + 1 + stampDigits + 1

export const tokenText = (index: number, stamp: number) =>
  `${String(index).padStart(indexDigits, '0')}:${String(stamp).padStart(stampDigits, '0')} `

/** One SSE event in its HTTP chunk, with the place of the stamp. */
export interface Prebuilt {
  bytes: Buffer
  stampAt: number
}

const chunked = (body: string) => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`
const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`
const chunk = (choices: unknown[], more = {}) => ({
  id: 'chatcmpl-stub',
  object: 'chat.completion.chunk',
  created: 1_764_000_000,
  model: 'stub',
  choices,
  ...more,
})

export function prebuildToken(index: number): Prebuilt {
  const delta = { content: tokenText(index, 0) }
  const text = chunked(event(chunk([{ index: 0, delta, finish_reason: null }])))
  const bytes = Buffer.from(text)
  return { bytes, stampAt: bytes.indexOf(`${String(index).padStart(indexDigits, '0')}:`) + indexDigits + 1 }
}

/** Finish reason, usage, [DONE] and the end of the response. */
export function prebuildEnd(tokens: number): Buffer {
  const usage = { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 }
  return Buffer.from(
    chunked(event(chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]))) +
      chunked(event(chunk([], { usage }))) +
      chunked('data: [DONE]\n\n') +
      '0\r\n\r\n',
  )
}

export function stampInto(bytes: Buffer, at: number, stamp: number): void {
  let rest = stamp
  for (let place = at + stampDigits - 1; place >= at; place -= 1) {
    bytes[place] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}

/** Follows the tokens of one answer, however its text is cut. */
export interface TokenReader {
  /** Takes text; tells of each whole token with its age in milliseconds (NaN where the stub did not stamp it). */
  take(text: string, at: number): void
  readonly tokens: number
  /** Tokens that were not the next one. */
  readonly wrong: number
  readonly latenciesMs: number[]
}

export function readTokens(): TokenReader {
  let rest = ''
  let tokens = 0
  let wrong = 0
  const latenciesMs: number[] = []
  return {
    take(text, at) {
      const all = rest === '' ? text : rest + text
      let from = 0
      for (; all.length - from >= tokenLength; from += tokenLength) {
        if (Number(all.slice(from, from + indexDigits)) !== tokens) wrong += 1
        const stamp = Number(all.slice(from + indexDigits + 1, from + tokenLength - 1))
        if (stamp > 0) latenciesMs.push((at - stamp) / 1000)
        tokens += 1
      }
      rest = all.slice(from)
    },
    get tokens() {
      return tokens
    },
    get wrong() {
      return wrong + (rest === '' ? 0 : 1)
    },
    latenciesMs,
  }
}

/** Server-sent events (HTML standard, section 9.2) as model servers write them. */
import { askError } from '../errors.ts'

export interface ServerSentEvent {
  event: string
  data: string
}

/** Longest event, UTF-16 code units: an engine that never ends its line must not fill the memory. */
const longestEvent = 1024 * 1024

/**
 * The events of a byte stream. Characters and line ends may be cut anywhere by the chunks; lines end with CR, LF
 * or CRLF; comments are skipped. An unfinished event at the end is dropped, as the standard says: whoever reads
 * must know by the content whether it was whole. Throws AskError('model-bad-response').
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let event = ''
  let data: string[] = []
  let size = 0
  for await (const line of readLines(chunks)) {
    size += line.length
    if (size > longestEvent) throw askError('model-bad-response', 'an event without end')
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n') }
      event = ''
      data = []
      size = 0
      continue
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
  }
}

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let held = ''
  for await (const chunk of chunks) {
    held += decode(() => decoder.decode(chunk, { stream: true }))
    // A CR at the end may be the first half of CRLF.
    const lines = held.split(/\r\n|\n|\r(?=[^\n])/)
    held = lines.pop()!
    yield* lines
    if (held.length > longestEvent) throw askError('model-bad-response', 'a line without end')
  }
  held += decode(() => decoder.decode())
  if (held.endsWith('\r')) yield held.slice(0, -1)
}

function decode(step: () => string): string {
  try {
    return step()
  } catch (cause) {
    throw askError('model-bad-response', 'invalid UTF-8', { cause })
  }
}

/**
 * The chunks of one stream are alike but for a few letters. What stands around the text of one is remembered, so that
 * of the next ones only the text is parsed.
 *
 * It is sound because the place was tried: a chunk with another string there must have that string as its text and be
 * the same otherwise. A JSON string may take the place of a JSON string (RFC 8259, section 7) and changes nothing else.
 */
import type { Chunk } from './chunk.ts'

export interface ChunkTemplate {
  /** The chunk in this event's data; null: it is of another form, and has to be parsed as a whole. */
  match(data: string): Chunk | null
  /** Remembers the form of a chunk that was parsed. */
  learn(data: string, chunk: Chunk): void
}

type Channel = 'answer' | 'reasoning'

const members: Record<Channel, readonly string[]> = {
  answer: ['content'],
  reasoning: ['reasoning', 'reasoning_content'],
}
const mark = '"tanbox: here"'
/** Streams whose chunks differ in more than the text are not looked at for ever. */
const mostLessons = 8
/** A longer one is rare, and not worth a second look. */
const longestChunk = 16 * 1024

/** `parse` reads a whole chunk; it may throw. */
export function createChunkTemplate(parse: (data: string) => Chunk): ChunkTemplate {
  let before = ''
  let after = ''
  let channel: Channel | null = null
  let lessons = 0

  return {
    match(data) {
      const end = data.length - after.length
      if (channel === null || end < before.length + 2) return null
      // Twice as fast as `startsWith` and `endsWith`.
      if (data.slice(0, before.length) !== before || data.slice(end) !== after) return null
      const text = readString(data.slice(before.length, end))
      if (text === null) return null
      lessons = 0
      return { ...bare, [channel]: text }
    },
    learn(data, chunk) {
      const only = soleChannel(chunk)
      if (only === null || lessons >= mostLessons || data.length > longestChunk || data.includes(mark)) return
      lessons += 1
      for (const member of members[only]) {
        for (const { start, end } of stringsOf(data, member)) {
          const [left, right] = [data.slice(0, start), data.slice(end)]
          if (!holds(parse, left + mark + right, only)) continue
          before = left
          after = right
          channel = only
          return
        }
      }
    },
  }
}

const bare: Chunk = { reasoning: '', answer: '', finish: null, usage: null }

/** The channel that is all there is in this chunk. */
function soleChannel({ answer, reasoning, finish, usage }: Chunk): Channel | null {
  if (finish !== null || usage !== null || (answer === '') === (reasoning === '')) return null
  return answer === '' ? 'reasoning' : 'answer'
}

function holds(parse: (data: string) => Chunk, data: string, channel: Channel): boolean {
  try {
    const chunk = parse(data)
    return soleChannel(chunk) === channel && chunk[channel] === JSON.parse(mark)
  } catch {
    return false
  }
}

/** Where the string values of all members of that name stand, their quotes included. */
function* stringsOf(data: string, name: string): IterableIterator<{ start: number; end: number }> {
  const member = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`, 'gs')
  for (const { index, 0: whole, 1: value } of data.matchAll(member)) {
    const end = index + whole.length
    yield { start: end - value!.length, end }
  }
}

/** What needs a second look inside a JSON string. */
const special = /["\\\p{Cc}]/u

/** Null: it is no JSON string. */
function readString(json: string): string | null {
  const inside = json.slice(1, -1)
  if (json[0] === '"' && json[json.length - 1] === '"' && !special.test(inside)) return inside
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

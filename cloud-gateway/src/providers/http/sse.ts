/** Server-sent events (HTML standard, section 9.2) as model servers write them. */
import { askError } from '../../errors.ts'

/** Longest data of one event, UTF-16 code units. */
const longestEvent = 256 * 1024
const colon = 58
const space = 32

/**
 * Takes the stream's lines in order and hands over each event's data. Comments, `id` and `retry` are skipped; an
 * unfinished event at the end is dropped, as the standard says: whoever reads must know by the content whether it was
 * whole. Throws AskError('model-bad-response').
 */
export function createEventReader(take: (data: string, event: string) => void): (line: string) => void {
  let data: string | null = null
  let event = ''
  return (line) => {
    if (line === '') {
      const whole = data
      const type = event
      data = null
      event = ''
      if (whole !== null) take(whole, type)
    } else if (line.startsWith('data')) {
      const value = fieldValue(line, 4)
      if (value === null) return
      data = data === null ? value : `${data}\n${value}`
      if (data.length > longestEvent) throw askError('model-bad-response', 'an event without end')
    } else if (line.startsWith('event')) {
      event = fieldValue(line, 5) ?? event
    }
  }
}

/** What stands after a field's name of that length; null: it is another field, whose name is longer. */
function fieldValue(line: string, length: number): string | null {
  if (line.length === length) return ''
  if (line.charCodeAt(length) !== colon) return null
  return line.slice(line.charCodeAt(length + 1) === space ? length + 2 : length + 1)
}

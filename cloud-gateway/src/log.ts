/** Structured log: one JSON object per line. Fields are short facts; prompts, answers and keys have no place in them. */
export type LogFields = Record<string, string | number | boolean | null>
export type Log = (event: string, fields?: LogFields) => void

/** Code units. What is longer was meant for somebody else. */
const longestValue = 200

/**
 * Only short texts, numbers and truth values are written: an error or a question that was passed by mistake leaves its
 * name and nothing else. Text cannot begin a line of its own (JSON escapes it), nor stand in for time and event. What
 * `write` throws is dropped: a full disk does not end answers.
 */
export function createLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (event, fields = {}) => {
    const line: LogFields = { time: now().toISOString(), event }
    for (const name in fields) if (name !== 'time' && name !== 'event') line[name] = plain(fields[name])
    try {
      write(`${JSON.stringify(line)}\n`)
    } catch {
      // There is nobody left to tell.
    }
  }
}

/** The lines of one turn of the event loop are written together. `flush` writes what waits. */
export function gatherLines(write: (lines: string) => void): {
  write: (line: string) => void
  flush: () => void
} {
  let waiting = ''
  const flush = () => {
    const lines = waiting
    waiting = ''
    if (lines !== '') write(lines)
  }
  return {
    write(line) {
      if (waiting === '') setImmediate(flush)
      waiting += line
    },
    flush,
  }
}

function plain(value: unknown): LogFields[string] {
  if (typeof value === 'string') return value.slice(0, longestValue).toWellFormed()
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  return value === undefined ? null : `(${typeof value})`
}

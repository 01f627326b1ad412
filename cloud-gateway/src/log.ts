/** Structured log: one JSON object per line. Fields are short facts; prompts, answers and keys have no place in them. */
export type LogFields = Record<string, string | number | boolean | null>
export type Log = (event: string, fields?: LogFields) => void

const longestValue = 200

export function createLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (event, fields = {}) => {
    const safe = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? value.slice(0, longestValue) : value,
      ]),
    )
    write(`${JSON.stringify({ time: now().toISOString(), event, ...safe })}\n`)
  }
}

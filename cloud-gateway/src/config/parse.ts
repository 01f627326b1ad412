/** Settings from text. Each throws an Error whose message says what was expected. */

export const text = (value: string) => value

export function integer(least: number, most: number) {
  return (value: string) => {
    const number = Number(value)
    if (Number.isInteger(number) && number >= least && number <= most && value.trim() !== '') return number
    throw new Error(`expected a whole number from ${least} to ${most}`)
  }
}

export function matching(pattern: RegExp, expected: string) {
  return (value: string) => {
    if (pattern.test(value)) return value
    throw new Error(`expected ${expected}`)
  }
}

export function oneOf<T extends string>(...values: readonly T[]) {
  return (value: string): T => {
    if (values.includes(value as T)) return value as T
    throw new Error(`expected ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`)
  }
}

/** Of a server that is asked over HTTP; empty: none. */
export function address(value: string): string {
  if (value === '') return ''
  const url = URL.canParse(value) ? new URL(value) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Error('expected an http or https address')
  if (url.username !== '' || url.password !== '') throw new Error('the key has a setting of its own')
  return value
}

/** Under which boxes reach the gateway; empty: not said. */
export function webSocketAddress(value: string): string {
  const protocol = URL.parse(value)?.protocol
  if (value === '' || protocol === 'wss:' || protocol === 'ws:') return value
  throw new Error('expected a wss or ws address')
}

export function object(value: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    // The parser repeats what it was given, and that may be a secret.
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
    return parsed as Record<string, unknown>
  throw new Error('expected a JSON object')
}

/** Empty text stands for null. */
export function orNull<T>(parse: (value: string) => T) {
  return (value: string): T | null => (value === '' ? null : parse(value))
}

export function headers(value: string): Readonly<Record<string, string>> {
  const parsed = object(value)
  if (Object.values(parsed).every((each) => typeof each === 'string' && !/[\r\n]/.test(each)))
    return parsed as Record<string, string>
  throw new Error('expected a JSON object of texts')
}

/** `off` stands for null. */
export function orOff<T>(parse: (value: string) => T) {
  return (value: string): T | null => (value === 'off' ? null : parse(value))
}

export function database(value: string): string {
  if (value === '') return ''
  const url = URL.canParse(value) ? new URL(value) : null
  if (url?.protocol !== 'postgres:' && url?.protocol !== 'postgresql:')
    throw new Error('expected postgres://...')
  return value
}

export const list = (value: string): readonly string[] =>
  value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')

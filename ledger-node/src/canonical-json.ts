/**
 * JSON Canonicalization Scheme (RFC 8785): one value, one text. Members are sorted by the UTF-16 code units of
 * their names, numbers and strings are written as ECMAScript writes them, nothing is put between tokens.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

/** Deep enough for every content of ours; a hostile value ends with a clear error instead of a full stack. */
const maxDepth = 64

/**
 * The canonical text of a value. Members that are `undefined` are left out.
 * @throws TypeError for what has no JSON form: NaN, infinities, lone surrogates, functions, class instances.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new TypeError(`nested deeper than ${maxDepth} levels`)
  if (value === null || value === true || value === false) return String(value)
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value === 'string') return writeString(value)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  if (typeof value === 'object' && isPlain(value)) return writeObject(value, depth)
  throw new TypeError(`a ${typeof value} has no canonical form`)
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('NaN and infinities have no canonical form')
  return JSON.stringify(value)
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a lone surrogate has no canonical form')
  return JSON.stringify(value)
}

function writeObject(value: Record<string, unknown>, depth: number): string {
  const names = Object.keys(value).filter((name) => value[name] !== undefined)
  // The default order of sort() is that of UTF-16 code units, which is the one RFC 8785 section 3.2.3 asks for.
  names.sort()
  return `{${names.map((name) => `${writeString(name)}:${write(value[name], depth + 1)}`).join(',')}}`
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

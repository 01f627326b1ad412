import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { KeyError, parseVerifierKey, type VerifierKey } from '../note/key.ts'
import { maxPolicyBytes, type Policy, parsePolicy } from '../note/policy.ts'
import { PolicyError } from '../note/policy-rules.ts'
import { UsageError } from './options.ts'

/** A verifier key, or a file that holds one. @throws UsageError */
export function readKey(given: string | undefined, option = '--key'): VerifierKey {
  if (given === undefined) throw new UsageError(['needKey', option])
  const written = existsSync(given) ? readFile(given, 4096).toString().trim() : given
  try {
    return parseVerifierKey(written)
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause
    throw new UsageError(['badInput', option, cause.message], { cause })
  }
}

/** @throws UsageError */
export function readPolicy(path: string | undefined): Policy | undefined {
  if (path === undefined) return undefined
  try {
    return parsePolicy(readFile(path, maxPolicyBytes))
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause
    throw new UsageError(['badInput', '--policy', cause.message], { cause })
  }
}

/** A file, standard input for `-`, or the text itself where it begins like JSON. */
export async function readText(given: string, limit: number): Promise<string> {
  if (given === '-') return readInput(limit)
  return given.trimStart().startsWith('{') ? given : readFile(given, limit).toString()
}

async function readInput(limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk)
    length += chunk.length
    if (length > limit) throw new UsageError(['tooLarge', '-', limit])
  }
  return Buffer.concat(chunks).toString()
}

/** A file, or what a pipe or device gives, which does not say how much that is. @throws UsageError for more, ENOENT */
export function readFile(path: string, limit: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(limit + 1)
    let length = 0
    for (let read = 1; read > 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null)
    if (length > limit) throw new UsageError(['tooLarge', path, limit])
    return bytes.subarray(0, length)
  } catch (error) {
    // What fails while reading does not say of which file.
    throw error instanceof Error && 'syscall' in error ? Object.assign(error, { path }) : error
  } finally {
    closeSync(file)
  }
}

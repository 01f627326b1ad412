import { existsSync, readFileSync, statSync } from 'node:fs'
import { text } from 'node:stream/consumers'
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
  if (given === '-') {
    const read = await text(process.stdin)
    if (read.length > limit) throw new UsageError(['tooLarge', '-', limit])
    return read
  }
  return given.trimStart().startsWith('{') ? given : readFile(given, limit).toString()
}

/** @throws UsageError for a larger file, ENOENT */
export function readFile(path: string, limit: number): Buffer {
  const { size } = statSync(path)
  if (size > limit) throw new UsageError(['tooLarge', path, limit])
  return readFileSync(path)
}

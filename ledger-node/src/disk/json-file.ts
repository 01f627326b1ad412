import type { Static, TSchema } from 'typebox'
import type { Validator } from 'typebox/compile'
import { canonicalJson } from '../canonical-json.ts'
import type { Disk } from './disk.ts'
import { replaceDurably } from './durable.ts'

/**
 * The value of a small JSON file of ours; null where there is none.
 * @param limit bytes at most
 * @throws Error naming the file when it holds anything else
 */
export async function readJsonFile<T extends TSchema>(
  disk: Disk,
  path: string,
  limit: number,
  validator: Validator<Record<never, never>, T>,
): Promise<Static<T> | null> {
  const bytes = await disk.read(path, limit)
  if (bytes === null) return null
  const value = parse(bytes)
  if (!validator.Check(value)) throw new Error(`${path} is damaged or of a later version`)
  return value as Static<T>
}

/** Replaces a small JSON file, durably. */
export async function writeJsonFile(disk: Disk, path: string, value: unknown): Promise<void> {
  await replaceDurably(disk, path, `${canonicalJson(value)}\n`)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

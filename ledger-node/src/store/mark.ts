import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson, Digest } from '../entry.ts'

/**
 * What is known to be durable: so many entries in so many bytes, the last one with this leaf hash. It is never
 * ahead of the synced log. At start a log that ends below its mark, or differs there, has lost or changed what
 * was acknowledged and is refused; what lies beyond it may be a torn tail.
 */
const MarkSchema = Type.Object(
  { size: Type.Integer({ minimum: 0 }), bytes: Type.Integer({ minimum: 0 }), hash: Digest },
  { additionalProperties: false },
)
export type Mark = Type.Static<typeof MarkSchema>

const validator = Compile(MarkSchema)

/** The mark at `path`; null where there is none. */
export async function readMark(path: string): Promise<Mark | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    return validator.Parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${path} is damaged`, { cause })
  }
}

export async function writeMark(path: string, mark: Mark): Promise<void> {
  await writeDurably(path, `${canonicalJson(mark)}\n`)
}

/** Replaces a small file so that after a crash it holds either the old or the new text, and never less. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Makes names that were added to or changed in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

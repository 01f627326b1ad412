import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'

/** What a graph file belongs to; beside it as JSON. A file that belongs to anything else is not read. */
const Belongs = Type.Object({
  format: Type.Literal(1),
  pipeline: Type.String(),
  dimension: Type.Integer(),
  view: Type.Integer(),
  neighbours: Type.Integer(),
  /** Last change of the store that the graph has seen. */
  seq: Type.Integer(),
  /** Of the graph file: hnswlib itself loads flipped bits without a word. */
  sha256: Type.String(),
})
export type Belongs = Static<typeof Belongs>
export type GraphOwner = Omit<Belongs, 'format' | 'seq' | 'sha256'>

/** A derived file: written beside, synced, renamed; the JSON last, so that it never vouches for another file. */
export async function writeGraph(
  path: string,
  owner: GraphOwner,
  seq: number,
  write: (path: string) => Promise<unknown>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.new`
  const description = `${path}.json`
  await write(draft)
  await sync(draft)
  const belongs: Belongs = { format: 1, ...owner, seq, sha256: sha256Of(draft) }
  await writeFile(`${description}.new`, JSON.stringify(belongs))
  await sync(`${description}.new`)
  await rm(description, { force: true })
  await rename(draft, path)
  await rename(`${description}.new`, description)
  await sync(dirname(path))
}

/** Checks that the file is whole, belongs to this owner and is not ahead of the store. */
export function graphFits(path: string, owner: GraphOwner, seq: number): boolean {
  try {
    const found: unknown = JSON.parse(readFileSync(`${path}.json`, 'utf8'))
    if (!Value.Check(Belongs, found)) return false
    const same = (Object.keys(owner) as (keyof GraphOwner)[]).every((key) => owner[key] === found[key])
    return same && found.seq <= seq && found.sha256 === sha256Of(path)
  } catch {
    return false
  }
}

function sha256Of(path: string): string {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024)
  const file = openSync(path, 'r')
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      hash.update(buffer.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}

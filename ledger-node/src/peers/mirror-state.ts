import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson } from '../canonical-json.ts'
import type { Disk } from '../disk/disk.ts'
import { removeDurably, replaceDurably } from '../disk/durable.ts'
import { Digest, noEntry } from '../entry.ts'

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Note = Type.Union([Type.Null(), Type.String({ maxLength: 128 * 1024 })])
const StateSchema = Type.Object(
  {
    format: Type.Literal(1),
    /** Entries held and their bytes, all durable, and the leaf hash of the last. */
    size: Count,
    bytes: Count,
    hash: Digest,
    /** Newest checkpoint whose tree is held whole. */
    verified: Note,
    /** The checkpoint that is being caught up with: what is held is the beginning of its tree. */
    target: Note,
  },
  { additionalProperties: false },
)
/** What a mirror's files are relied on for. It follows them: written after they are synced. */
export type MirrorState = Type.Static<typeof StateSchema>

const validator = Compile(StateSchema)
const maxStateBytes = 1 << 20

export const emptyMirror: MirrorState = {
  format: 1,
  size: 0,
  bytes: 0,
  hash: noEntry,
  verified: null,
  target: null,
}

/** @throws Error when the file is damaged */
export async function readMirrorState(disk: Disk, path: string): Promise<MirrorState> {
  const bytes = await disk.read(path, maxStateBytes)
  if (bytes === null) return emptyMirror
  try {
    return validator.Parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new Error(`${path} is damaged`, { cause })
  }
}

export function writeMirrorState(disk: Disk, path: string, state: MirrorState): Promise<void> {
  return replaceDurably(disk, path, Buffer.from(`${canonicalJson(state)}\n`))
}

/** The mirror begins with nothing the next time. */
export function dropMirrorState(disk: Disk, path: string): Promise<void> {
  return removeDurably(disk, path)
}

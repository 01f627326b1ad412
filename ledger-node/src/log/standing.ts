import { join } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import type { Disk } from '../disk/disk.ts'
import { removeDurably } from '../disk/durable.ts'
import { readJsonFile, writeJsonFile } from '../disk/json-file.ts'
import { Digest, EntryType } from '../entry.ts'

/**
 * Whether a log takes entries and signs checkpoints. Held: not at present, nobody knows whether it is whole. Closed:
 * never again.
 */
export type Standing =
  | { readonly state: 'open' }
  | { readonly state: 'held' | 'closed'; readonly because: string }

const exactly = { additionalProperties: false } as const
const Because = Type.String({ maxLength: 4096 })

/** standing.json; a log without it is open. */
const RecordSchema = Type.Union([
  Type.Object(
    {
      state: Type.Literal('held'),
      because: Because,
      /** The data were found to be restored: nothing has been acknowledged since that was not published before. */
      restored: Type.Optional(Type.Literal(true)),
    },
    exactly,
  ),
  Type.Object(
    {
      state: Type.Literal('closed'),
      because: Because,
      /** Origin of the log that goes on in its place. */
      successor: Type.Optional(Type.String({ maxLength: 255 })),
      /** The entry that has to be its last, and published: it endorses the successor. */
      last: Type.Optional(Type.Object({ type: EntryType, commitment: Digest }, exactly)),
    },
    exactly,
  ),
])
export type StandingRecord = { state: 'open' } | Type.Static<typeof RecordSchema>

const validator = Compile(RecordSchema)

/** @throws Error for a damaged file: what was held must not go on by itself */
export async function readStanding(disk: Disk, folder: string): Promise<StandingRecord> {
  const record = await readJsonFile(disk, join(folder, 'standing.json'), 16 * 1024, validator)
  return record ?? { state: 'open' }
}

export async function writeStanding(disk: Disk, folder: string, standing: StandingRecord): Promise<void> {
  const path = join(folder, 'standing.json')
  if (standing.state === 'open') return removeDurably(disk, path)
  await writeJsonFile(disk, path, standing)
}

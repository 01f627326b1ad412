import { join } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import type { Clock } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import { readJsonFile, writeJsonFile } from '../disk/json-file.ts'
import { noEntry } from '../entry.ts'
import { writeMark } from './mark.ts'

/** log.json: what a log is called. It is fixed when the log begins; another origin is another log. */
const AboutSchema = Type.Object(
  {
    format: Type.Literal(1),
    /** `<host>/<box id>/<generation>`: the key name under which checkpoints are signed. */
    origin: Type.String({ pattern: '^[a-z0-9.-]+/[0-9a-f]{16}/[1-9][0-9]*$', maxLength: 255 }),
    created: Type.String({ maxLength: 32 }),
  },
  { additionalProperties: false },
)
const validator = Compile(AboutSchema)

/** The origin of the log in a folder; null where none has begun. @throws Error for a damaged log.json */
export async function readOrigin(disk: Disk, folder: string): Promise<string | null> {
  const about = await readJsonFile(disk, join(folder, 'log.json'), 4096, validator)
  return about?.origin ?? null
}

/** Begins a log in a folder that is there. */
export async function beginLog(disk: Disk, clock: Clock, folder: string, origin: string): Promise<void> {
  if ((await disk.list(folder)).includes('entries'))
    throw new Error(`${folder} holds entries, but its log.json is gone`)
  const about = { format: 1, origin, created: new Date(clock.now()).toISOString() }
  if (!validator.Check(about)) throw new TypeError(`${origin} cannot be an origin`)
  // The mark goes first: from now on a missing one means that somebody took it away.
  await writeMark(disk, join(folder, 'mark.json'), { size: 0, bytes: 0, hash: noEntry })
  await writeJsonFile(disk, join(folder, 'log.json'), about)
}

export interface OriginParts {
  host: string
  /** 16 hex digits, drawn when the box began. */
  box: string
  /** From 1. */
  generation: number
}

export function splitOrigin(origin: string): OriginParts {
  const [host = '', box = '', generation = ''] = origin.split('/')
  return { host, box, generation: Number(generation) }
}

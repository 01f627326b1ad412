import { join } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import type { Disk } from '../disk/disk.ts'
import { readJsonFile } from '../disk/json-file.ts'
import { Digest } from '../entry.ts'
import type { BoxLogs } from '../log/box-logs.ts'
import { originHash } from '../peers/origin-hash.ts'
import { NotProvable, proveEntry } from '../prove-entry.ts'
import type { Statements } from './statements.ts'
import { formatSuccession } from './succession.ts'

/** What the box keeps of an entry by which a log of its own named the next one (log/box-logs-on-disk.ts). */
const KeptSchema = Type.Object({
  format: Type.Literal('tanbox-succession@1'),
  from: Type.String({ maxLength: 255 }),
  commitment: Digest,
  content: Type.String({ maxLength: 2048 }),
  salt: Digest,
})
const validator = Compile(KeptSchema)
const maxKeptBytes = 16 * 1024

/**
 * Makes the files that tell peers of our own new logs, of those that have none yet: for an entry `log-succeeded` as
 * soon as there is a receipt for it, else from what the administrators signed.
 * @returns the origin hashes of the new logs that were made known
 */
export async function publishSuccessions(
  disk: Disk,
  folder: string,
  box: Pick<BoxLogs, 'logs'>,
  statements: Statements,
): Promise<string[]> {
  const made: string[] = []
  for (const { origin } of box.logs.slice(1)) {
    const id = originHash(origin)
    if (statements.has(id)) continue
    const bytes =
      (await endorsement(disk, join(folder, `${id}.json`), box)) ??
      (await disk.read(join(folder, `${id}.note`), 1 << 17))
    if (bytes === null) continue
    await statements.keep(id, bytes)
    made.push(id)
  }
  return made
}

async function endorsement(disk: Disk, path: string, box: Pick<BoxLogs, 'logs'>): Promise<Buffer | null> {
  const kept = await readJsonFile(disk, path, maxKeptBytes, validator)
  const log = kept && box.logs.find(({ origin }) => origin === kept.from)
  const seq = log ? await log.find(kept.commitment) : null
  if (!log || seq === null) return null
  const [entry] = await log.read(seq, 1)
  try {
    const proof = await proveEntry(log, seq)
    const { content, salt } = kept
    return Buffer.from(formatSuccession({ content, salt, entry: entry!.toString('utf8'), proof }))
  } catch (error) {
    if (error instanceof NotProvable) return null
    throw error
  }
}

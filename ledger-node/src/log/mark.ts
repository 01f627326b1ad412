import Type from 'typebox'
import Compile from 'typebox/compile'
import type { Clock } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import { readJsonFile, writeJsonFile } from '../disk/json-file.ts'
import { Digest } from '../entry.ts'

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
export function readMark(disk: Disk, path: string): Promise<Mark | null> {
  return readJsonFile(disk, path, 1024, validator)
}

export async function writeMark(disk: Disk, path: string, { size, bytes, hash }: Mark): Promise<void> {
  await writeJsonFile(disk, path, { size, bytes, hash })
}

/** The mark follows the log within a second; it costs syncs of its own and never delays an acknowledgement. */
const markEveryMs = 1000

export interface MarkKeeper {
  /** Something more has become durable. */
  changed(): void
  /** Writes another mark in place of what is durable: entries behind it are going to be dropped. */
  goBack(to: Mark): Promise<void>
  /** Writes the last mark. */
  stop(): Promise<void>
}

/** @param now what is durable at present */
export function keepMark(disk: Disk, clock: Clock, path: string, now: () => Mark): MarkKeeper {
  let marked = now().size
  let cancel: (() => void) | null = null
  let writing = Promise.resolve()
  const put = async (mark: Mark) => {
    await writeMark(disk, path, mark)
    marked = mark.size
  }
  const write = async () => {
    const mark = now()
    if (mark.size !== marked) await put(mark)
  }
  const tick = () => {
    cancel = null
    // A disk that is full may take it with the next entries; the log itself says that it is full.
    writing = writing.then(write).catch(() => {})
  }
  return {
    changed() {
      cancel ??= clock.after(markEveryMs, tick)
    },
    async goBack(to) {
      cancel?.()
      cancel = null
      await writing
      await put(to)
    },
    async stop() {
      cancel?.()
      await writing
      await write()
    },
  }
}

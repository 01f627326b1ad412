import { ChainError, type Head } from './chain.ts'
import type { DiskFile } from './disk/disk.ts'
import { Follower } from './follower.ts'
import type { VerifyReport } from './protocol.ts'
import { type Record, recordBlocks } from './store/frames.ts'

/**
 * Reads entries [0, head.size) from the file again, in one stream, and recomputes everything the chain claims; between
 * blocks of a mebibyte others have their turn.
 * Entries that are appended meanwhile are not part of it.
 */
export async function verifyLog(
  file: DiskFile,
  head: Head,
  bytes: number,
  signal?: AbortSignal,
): Promise<VerifyReport> {
  const follower = new Follower()
  let lastTime = ''
  let clockWentBack = 0
  const report = (problem: VerifyReport['problem']): VerifyReport => ({
    ok: problem === null,
    entries: follower.head.size,
    bytes,
    head: follower.head.hash,
    checked: ['canonical-form', 'sequence', 'chain', 'head'],
    notChecked: ['contents', 'signatures', 'witnesses'],
    clockWentBack,
    problem,
  })
  const check = (record: Record): VerifyReport['problem'] => {
    const { offset } = record
    if ('problem' in record) return { seq: follower.head.size, offset, what: record.problem }
    try {
      const { time } = follower.next(record.entry)
      if (time < lastTime) clockWentBack += 1
      lastTime = time
      return null
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      return { seq: error.seq, offset, what: error.message }
    }
  }
  for await (const block of recordBlocks(file, 0, bytes)) {
    signal?.throwIfAborted()
    for (const record of block) {
      const problem = check(record)
      if (problem) return report(problem)
    }
  }
  const { size, hash } = follower.head
  if (size === head.size && hash === head.hash) return report(null)
  const what = 'the file does not end with the entry it should end with'
  return report({ seq: size, offset: bytes, what })
}

import { ChainError, emptyHead, follow, type Head } from './chain.ts'
import type { DiskFile } from './disk/disk.ts'
import type { VerifyReport } from './protocol.ts'
import { records } from './store/frames.ts'

/**
 * Reads entries [0, head.size) from the file again, in one stream, and recomputes everything the chain claims.
 * Entries that are appended meanwhile are not part of it.
 */
export async function verifyLog(
  file: DiskFile,
  head: Head,
  bytes: number,
  signal?: AbortSignal,
): Promise<VerifyReport> {
  let at = emptyHead
  let lastTime = ''
  let clockWentBack = 0
  const report = (problem: VerifyReport['problem']): VerifyReport => ({
    ok: problem === null,
    entries: at.size,
    bytes,
    head: at.hash,
    checked: ['canonical-form', 'sequence', 'chain', 'head'],
    notChecked: ['contents', 'signatures', 'witnesses'],
    clockWentBack,
    problem,
  })
  for await (const record of records(file, 0, bytes)) {
    signal?.throwIfAborted()
    if ('problem' in record) return report({ seq: at.size, offset: record.offset, what: record.problem })
    try {
      const next = follow(at, record.entry)
      at = next.head
      if (next.entry.time < lastTime) clockWentBack += 1
      lastTime = next.entry.time
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      return report({ seq: error.seq, offset: record.offset, what: error.message })
    }
  }
  if (at.size !== head.size || at.hash !== head.hash) {
    return report({
      seq: at.size,
      offset: bytes,
      what: 'the file does not end with the entry it should end with',
    })
  }
  return report(null)
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatVerifierKey, type VerifierKey } from '../../src/note/key.ts'
import { runToEnd } from './go-tools.ts'

/** What Tessera's fsck found. Its exit status says nothing (it is 0 where the log is broken), and it may hang. */
export interface FsckFinding {
  /** The log that it went through and found to be as its checkpoint says; null where it did not say so. */
  passed: { size: number; root: string } | null
  /** All that it said. */
  said: string
}

/** @param path of fsck; @param url under which `checkpoint` and `tile/` are */
export async function runFsck(
  path: string,
  url: string,
  log: VerifierKey,
  ms = 30_000,
): Promise<FsckFinding> {
  const folder = await mkdtemp(join(tmpdir(), 'fsck-'))
  try {
    const key = join(folder, 'log.pub')
    await writeFile(key, formatVerifierKey(log))
    const flags = ['-ui=false', '-v=1', '-N=4', '-storage_url', url, '-public_key', key]
    const ended = await runToEnd(path, flags, ms)
    const said = ended.status === null ? `${ended.stderr}\nstopped after ${ms} ms` : ended.stderr
    const [, size, root] = /Successfully fsck'd log with size (\d+) and root (\S+)/.exec(said) ?? []
    const isWhole =
      size !== undefined && root !== undefined && ended.status === 0 && !/fsck failed/.test(said)
    return { passed: isWhole ? { size: Number(size), root } : null, said }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

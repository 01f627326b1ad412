import type { Disk } from '../disk/disk.ts'
import type { SignerKey } from '../note/key.ts'
import { splitOrigin } from './about.ts'
import type { BoxLogs } from './box-logs.ts'
import { folderOf } from './generations.ts'
import { readLogKey } from './keys.ts'

/**
 * The keys by which the box shows which log is its own (PROTOCOL.md, hello), of all its logs by now, the current one
 * first. A log that is closed signs no checkpoint any more; its key still says who dials.
 */
export async function signersOf(
  disk: Disk,
  data: string,
  box: Pick<BoxLogs, 'logs' | 'onSuccessor'>,
  onError: (error: unknown) => void,
): Promise<() => readonly SignerKey[]> {
  const read = async (origin: string): Promise<SignerKey> => {
    const key = await readLogKey(disk, folderOf(data, splitOrigin(origin).generation), origin)
    if (!key) throw new Error(`the key of ${origin} is gone`)
    return key
  }
  let signers = await Promise.all(box.logs.map(({ origin }) => read(origin)))
  box.onSuccessor((log) => {
    read(log.origin).then((key) => {
      signers = [...signers, key]
    }, onError)
  })
  return () => signers.toReversed()
}

import type { Disk } from '../disk/disk.ts'
import type { SignerKey } from '../note/key.ts'
import { splitOrigin } from './about.ts'
import type { BoxLogs } from './box-logs.ts'
import { folderOf } from './generations.ts'
import { readLogKey } from './keys.ts'

/**
 * The key by which the box shows which log is its own (PROTOCOL.md, hello): that of the current log, whichever it is
 * when asked. It stays readable after the log has been closed.
 */
export async function signerOf(
  disk: Disk,
  data: string,
  box: Pick<BoxLogs, 'current' | 'onSuccessor'>,
  onError: (error: unknown) => void,
): Promise<() => SignerKey> {
  const read = async (origin: string): Promise<SignerKey> => {
    const key = await readLogKey(disk, folderOf(data, splitOrigin(origin).generation), origin)
    if (!key) throw new Error(`the key of ${origin} is gone`)
    return key
  }
  let signer = await read(box.current.origin)
  box.onSuccessor((log) => {
    read(log.origin).then((key) => {
      signer = key
    }, onError)
  })
  return () => signer
}

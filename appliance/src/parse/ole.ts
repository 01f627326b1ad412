import { TanboxError } from '../errors.ts'

const magic = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]

/** The old Office container (MS-CFB), which also wraps Office files that are protected by a password. */
export const isOle = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte)

/** Refuses a container where an archive was expected. @throws TanboxError `file-encrypted`, `file-type-later` */
export function refuseOle(bytes: Uint8Array, format: string): void {
  if (!isOle(bytes)) return
  if (holdsStream(bytes, 'EncryptedPackage')) throw new TanboxError('file-encrypted', format)
  throw new TanboxError('file-type-later', `${format} 97-2003`)
}

/** Whether a stream of this name is in the container: names stand in its directory in UTF-16. */
export function holdsStream(bytes: Uint8Array, name: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(Buffer.from(name, 'utf16le'))
}

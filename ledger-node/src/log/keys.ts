import { join } from 'node:path'
import type { Random } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import { makeFolderDurably, replaceDurably } from '../disk/durable.ts'
import {
  cosignerKeyType,
  formatSignerKey,
  logKeyType,
  makeSignerKey,
  parseSignerKey,
  type SignerKey,
} from '../note/key.ts'

/** Secret keys, each in a file of 0600 in the form that Go's note package uses. */
const maxBytes = 1024

/** The key of the log with this origin; null where none has been made. @throws Error when the file holds another */
export function readLogKey(disk: Disk, folder: string, origin: string): Promise<SignerKey | null> {
  return readKey(disk, join(folder, 'keys', 'log.key'), logKeyType, (name) => name === origin)
}

/** Makes the key of a log. It stays for as long as the log does. */
export function makeLogKey(disk: Disk, random: Random, folder: string, origin: string): Promise<SignerKey> {
  return makeKey(disk, join(folder, 'keys'), 'log.key', makeSignerKey(origin, logKeyType, random(32)))
}

/** The key that this box cosigns with, in the folder that is never backed up. @param box `<host>/<box id>` */
export async function readOrMakeCosigner(
  disk: Disk,
  random: Random,
  local: string,
  box: string,
): Promise<SignerKey> {
  const path = join(local, 'keys', 'cosigner.key')
  const known = await readKey(disk, path, cosignerKeyType, () => true)
  if (known?.name.startsWith(`${box}/witness-`)) return known
  // That of another box, which had this folder before.
  if (known) await retireCosigner(disk, local)
  const name = `${box}/witness-${random(4).toString('hex')}`
  const key = makeSignerKey(name, cosignerKeyType, random(32))
  return makeKey(disk, join(local, 'keys'), 'cosigner.key', key)
}

/** Puts the cosigner's key away: it signs nothing any more. The next start, or the caller, makes another. */
export async function retireCosigner(disk: Disk, local: string): Promise<void> {
  const folder = join(local, 'keys')
  const names = await disk.list(folder)
  if (!names.includes('cosigner.key')) return
  const retired = names.filter((name) => name.startsWith('cosigner.key.retired-')).length
  await disk.rename(join(folder, 'cosigner.key'), join(folder, `cosigner.key.retired-${retired + 1}`))
  await disk.syncFolder(folder)
}

async function readKey(
  disk: Disk,
  path: string,
  type: number,
  isName: (name: string) => boolean,
): Promise<SignerKey | null> {
  const bytes = await disk.read(path, maxBytes)
  if (bytes === null) return null
  const key = parseKey(path, bytes)
  if (key.type !== type || !isName(key.name)) throw new Error(`${path} holds the key of something else`)
  return key
}

function parseKey(path: string, bytes: Buffer): SignerKey {
  try {
    return parseSignerKey(bytes.toString().trimEnd())
  } catch (cause) {
    throw new Error(`${path} is damaged`, { cause })
  }
}

async function makeKey(disk: Disk, folder: string, name: string, key: SignerKey): Promise<SignerKey> {
  await makeFolderDurably(disk, folder)
  await replaceDurably(disk, join(folder, name), `${formatSignerKey(key)}\n`)
  return key
}

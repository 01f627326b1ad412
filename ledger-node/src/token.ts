import { randomBytes } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolders } from './disk/make-folders.ts'

/**
 * The token at `path`, made at the first start: 32 random bytes in hex, readable by its owner alone.
 * @throws Error with one sentence when others may read it, or when it is no token
 */
export async function readOrMakeToken(path: string): Promise<string> {
  await makeFolders(dirname(path), 0o700)
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      const token = randomBytes(32).toString('hex')
      await file.writeFile(`${token}\n`)
      await file.sync()
      return token
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  if (((await stat(path)).mode & 0o077) !== 0)
    throw new Error(`${path} may be read by others; chmod it to 600.`)
  const token = (await readFile(path, 'utf8')).trim()
  if (!/^[0-9a-f]{64}$/.test(token)) throw new Error(`${path} holds no token; remove it to have one made.`)
  return token
}

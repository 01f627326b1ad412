import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it. Not by `mkdir` with `recursive`: where the system will have no folder below one that
 * is there and answers ENOENT, as in /proc, that goes up and down between the two for ever.
 * @returns the topmost folder that was made; undefined where nothing had to be
 * @throws what the system says, with the path
 */
export async function makeFolders(path: string, mode = 0o777): Promise<string | undefined> {
  try {
    return (await makeOne(path, mode)) ? path : undefined
  } catch (error) {
    const above = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error
    const topmost = await makeFolders(above, mode)
    return (await makeOne(path, mode)) ? (topmost ?? path) : topmost
  }
}

/** False where it is there already. */
async function makeOne(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode })
    return true
  } catch (error) {
    const isThere = await stat(path).then(
      (it) => it.isDirectory(),
      () => false,
    )
    if (isThere) return false
    throw error
  }
}

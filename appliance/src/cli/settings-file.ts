import { open, readFile, rename, rm, stat } from 'node:fs/promises'

/** The flat JSON object of the settings file; empty where there is none, null where it cannot be understood. */
export async function readSettingsFile(path: string): Promise<Record<string, unknown> | null> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'))
    const isObject = typeof content === 'object' && content !== null && !Array.isArray(content)
    return isObject ? (content as Record<string, unknown>) : null
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? {} : null
  }
}

/** Writes the file whole or not at all, as readable as it was; a new one for its owner only. */
export async function writeSettingsFile(path: string, settings: Record<string, unknown>): Promise<void> {
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  )
  const draft = `${path}.new`
  await rm(draft, { force: true })
  await using handle = await open(draft, 'wx', mode)
  await handle.writeFile(`${JSON.stringify(settings, null, 2)}\n`)
  await handle.sync()
  await rename(draft, path)
}

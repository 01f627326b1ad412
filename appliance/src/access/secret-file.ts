import { open, rename, rm } from 'node:fs/promises'

/** Writes a file that only its owner may read (0600), whole or not at all. */
export async function writeSecretFile(file: string, content: string): Promise<void> {
  const draft = `${file}.new`
  await rm(draft, { force: true })
  await using handle = await open(draft, 'wx', 0o600)
  await handle.writeFile(content)
  await handle.sync()
  await rename(draft, file)
}

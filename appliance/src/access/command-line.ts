import { chmod, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newToken } from './secret.ts'

/** What the command line needs to find and to enter the running appliance; a new token at each start. */
export interface CommandLineAccess {
  url: string
  token: string
}

export const commandLineFile = (data: string): string => join(data, 'cli.json')

export const newCommandLineToken = newToken

/** Writes `cli.json` (0600) whole or not at all. */
export async function publishCommandLineAccess(data: string, access: CommandLineAccess): Promise<void> {
  const file = commandLineFile(data)
  const draft = `${file}.new`
  await rm(draft, { force: true })
  await using handle = await open(draft, 'wx', 0o600)
  await handle.writeFile(`${JSON.stringify(access)}\n`)
  await handle.sync()
  await chmod(draft, 0o600)
  await rename(draft, file)
}

export async function withdrawCommandLineAccess(data: string): Promise<void> {
  await rm(commandLineFile(data), { force: true })
}

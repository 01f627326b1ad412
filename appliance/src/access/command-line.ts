import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newToken } from './secret.ts'
import { writeSecretFile } from './secret-file.ts'

/** What the command line needs to find and to enter the running appliance; a new token at each start. */
export interface CommandLineAccess {
  url: string
  token: string
}

export const commandLineFile = (data: string): string => join(data, 'cli.json')

export const newCommandLineToken = newToken

/** Writes `cli.json` (0600) whole or not at all. */
export async function publishCommandLineAccess(data: string, access: CommandLineAccess): Promise<void> {
  await writeSecretFile(commandLineFile(data), `${JSON.stringify(access)}\n`)
}

export async function withdrawCommandLineAccess(data: string): Promise<void> {
  await rm(commandLineFile(data), { force: true })
}

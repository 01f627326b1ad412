import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSecretFile } from './secret-file.ts'

const claimFile = (data: string): string => join(data, 'claim-code')

/** For a box without a supervisor's terminal (systemd, Docker): `claim-code` (0600) while nobody has claimed it. */
export async function publishClaimCode(data: string, code: string): Promise<void> {
  await writeSecretFile(claimFile(data), `${code}\n`)
}

export async function withdrawClaimCode(data: string): Promise<void> {
  await rm(claimFile(data), { force: true })
}

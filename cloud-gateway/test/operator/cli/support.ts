import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openAccounts } from '../../../src/accounts/open-accounts.ts'

const program = join(import.meta.dirname, '../../../../bin/tanbox-gateway')

export interface Ran {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs `tanbox-gateway` as a person would, with nothing of this process's settings. */
export function run(environment: Record<string, string>, ...args: string[]): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { PATH, HOME, LANG: 'C.UTF-8', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    child.on('error', reject)
    child.on('close', (status) => {
      resolve({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
  })
}

export function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-gateway-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function accountsOf(t: Test, data: string) {
  const { accounts } = await openAccounts({ data, database: '' }, 'gateway')
  t.teardown(() => accounts.close())
  return accounts
}

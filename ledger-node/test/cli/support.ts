import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../bin/tanbox-ledger', import.meta.url))

export interface Ran {
  status: number | null
  stdout: string
  stderr: string
  json(): Record<string, unknown>
}

/** Runs `tanbox-ledger` as a person would, with nothing of this process's settings. */
export function run(environment: Record<string, string>, args: string[], input = ''): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { PATH, HOME, LANG: 'C.UTF-8', ...environment } })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    child.on('error', reject)
    child.on('close', (status) => {
      const stdout = Buffer.concat(out).toString()
      resolve({ status, stdout, stderr: Buffer.concat(err).toString(), json: () => JSON.parse(stdout) })
    })
    // One that does not read to the end has its reasons.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

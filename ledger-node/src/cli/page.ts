import { execFile } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Surround, tell } from './command.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { NodeRefused } from './node-api.ts'

const root = resolve(import.meta.dirname, '../../..')
const page = join(root, 'ledger-node/receipt-page')
const built = join(page, 'dist/verify-receipt.html')

/** Writes the page that verifies a receipt in any browser; an installation that has not built it yet does so. */
export async function writePage(surround: Surround, path: string): Promise<ExitCode> {
  if (!existsSync(built)) await build()
  copyFileSync(built, path)
  if (surround.output.json) surround.output.document({ page: resolve(path) })
  else tell(surround, 'written', path)
  return exitCodes.ok
}

async function build(): Promise<void> {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  try {
    await promisify(execFile)(process.execPath, [vite, 'build', page, '--logLevel', 'warn'], { cwd: root })
  } catch (cause) {
    const message = 'the page is not there and cannot be built: npm ci brings what is needed'
    throw new NodeRefused('not-built', message, { cause })
  }
}

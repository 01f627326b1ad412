import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { LockHeld, lockFile } from '@tanbox/ledger-node/lock'

/**
 * Builds the web console when its build is missing or older than its sources, told by a hash of them. Two
 * supervisors that start from one folder build it once.
 * @param root the folder with package.json
 * @returns whether it had to be built
 * @throws Error with the builder's output
 */
export async function buildConsole(root: string, onStart: () => void): Promise<boolean> {
  if (isFresh(root)) return false
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  using _lock = await waitForLock(join(cache, 'tanbox-console.lock'))
  if (isFresh(root)) return false
  onStart()
  const console_ = join(root, 'appliance/console')
  const hash = hashOf(root)
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  await promisify(execFile)(process.execPath, [vite, 'build', console_, '--logLevel', 'warn'], { cwd: root })
  writeFileSync(stampOf(root), hash)
  return true
}

function isFresh(root: string): boolean {
  if (!existsSync(join(root, 'appliance/console/dist/index.html'))) return false
  // An installation without the sources brings its build along.
  if (!existsSync(join(root, 'appliance/console/src'))) return true
  return existsSync(stampOf(root)) && readFileSync(stampOf(root), 'utf8') === hashOf(root)
}

const stampOf = (root: string) => join(root, 'appliance/console/dist/.sources')

/** SHA-256 over the names and bytes of everything the build reads: its folder, and the nouns it imports as types. */
function hashOf(root: string): string {
  const hash = createHash('sha256')
  const folder = join(root, 'appliance/console')
  for (const file of [...filesBelow(folder), join(root, 'package-lock.json')]) {
    const bytes = readFileSync(file)
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && entry.name !== 'dist')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : []
    })
}

async function waitForLock(path: string): Promise<Disposable> {
  for (;;) {
    try {
      return lockFile(path)
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error
    }
    await pause(200)
  }
}

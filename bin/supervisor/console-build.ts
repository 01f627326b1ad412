import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { LockHeld, lockFile } from '@tanbox/ledger-node/lock'

/** A page that vite builds out of this repository. */
interface Page {
  folder: string
  /** What the build has to leave behind in `dist`. */
  product: string
  /** Files and folders, beside its own, that the build reads. */
  reads: readonly string[]
}

const pages: readonly Page[] = [
  { folder: 'appliance/console', product: 'index.html', reads: [] },
  {
    folder: 'ledger-node/receipt-page',
    product: 'verify-receipt.html',
    reads: ['canonical-json.ts', 'commitment.ts', 'entry-form.ts', 'note', 'receipt', 'tree'].map(
      (path) => `ledger-node/src/${path}`,
    ),
  },
]

/**
 * Builds the web console, and the page that verifies receipts, where the build is missing or older than its sources,
 * told by a hash of them. Two supervisors that start from one folder build once.
 * @param root the folder with package.json
 * @returns whether anything had to be built
 * @throws Error with the builder's output
 */
export async function buildConsole(root: string, onStart: () => void): Promise<boolean> {
  const isFresh = (page: Page) => isBuilt(root, page)
  if (pages.every(isFresh)) return false
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  using _lock = await waitForLock(join(cache, 'tanbox-console.lock'))
  if (pages.every(isFresh)) return false
  onStart()
  for (const page of pages) if (!isFresh(page)) await build(root, page)
  return true
}

async function build(root: string, page: Page): Promise<void> {
  const hash = hashOf(root, page)
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const folder = join(root, page.folder)
  await promisify(execFile)(process.execPath, [vite, 'build', folder, '--logLevel', 'warn'], { cwd: root })
  writeFileSync(stampOf(root, page), hash)
}

function isBuilt(root: string, page: Page): boolean {
  if (!existsSync(join(root, page.folder, 'dist', page.product))) return false
  // An installation without the sources brings its build along.
  if (!existsSync(join(root, page.folder, 'src'))) return true
  const stamp = stampOf(root, page)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(root, page)
}

const stampOf = (root: string, page: Page) => join(root, page.folder, 'dist/.sources')

/** SHA-256 over the names and bytes of everything the build reads: its folder, and what it imports from elsewhere. */
function hashOf(root: string, page: Page): string {
  const hash = createHash('sha256')
  const files = [page.folder, ...page.reads].flatMap((path) => filesBelow(join(root, path)))
  for (const file of [...files, join(root, 'package-lock.json')]) {
    const bytes = readFileSync(file)
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

/** The files in a folder, or the file itself. */
function filesBelow(folder: string): string[] {
  if (!statSync(folder).isDirectory()) return [folder]
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

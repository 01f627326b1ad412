/** Small files that are either whole or not there, also after a power cut. */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from './make-folder.ts'

/**
 * Writes `text` beside `path`, flushes it and puts it in place. With `exclusive`, a file that is already there
 * stays and the result is false.
 */
export function writeDurably(path: string, text: string, options: { exclusive: boolean }): boolean {
  const folder = dirname(path)
  makeFolder(folder)
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`)
  rmSync(temporary, { force: true })
  try {
    const file = openSync(temporary, 'wx', 0o600)
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (options.exclusive) linkSync(temporary, path)
    else renameSync(temporary, path)
    syncFolder(folder)
    return true
  } catch (error) {
    if (options.exclusive && (error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

import { type FSWatcher, watch } from 'node:fs'
import { pathIn } from './listing.ts'

/**
 * Calls back soon after something happens in one of the folders. Only a hint: network shares and bind mounts give
 * no events and the system watches a limited number of folders. The regular look at everything is the truth.
 */
export interface Watch extends Disposable {
  follow(top: Buffer, folders: readonly string[]): void
}

/** The usual limit is 8,192 watches for all programs of a user together. */
const mostFolders = 2000

export function createWatch(onEvent: () => void): Watch {
  const watchers = new Map<string, FSWatcher>()

  function drop(folder: string): void {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  return {
    follow(top, folders) {
      const wanted = new Set(folders.slice(0, mostFolders))
      for (const folder of watchers.keys()) if (!wanted.has(folder)) drop(folder)
      for (const folder of wanted) {
        if (watchers.has(folder)) continue
        try {
          const watcher = watch(pathIn(top, folder), { persistent: false }, onEvent)
          watcher.on('error', () => drop(folder))
          watchers.set(folder, watcher)
        } catch {
          return
        }
      }
    },
    [Symbol.dispose]() {
      for (const folder of [...watchers.keys()]) drop(folder)
    },
  }
}

import { statSync } from 'node:fs'

/**
 * Root becomes the owner of the data folder: what a command makes there, the service must be able to read and write. Does
 * nothing for everybody else, and where there is no folder yet.
 */
export function becomeOwner(folder: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 }
  if (uid === 0) return
  process.setgroups?.([gid])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

import { statSync } from 'node:fs'

/**
 * Root becomes the owner of the data folder: what the command makes there, the box must be able to read. Does nothing
 * for everybody else, and where there is no folder yet.
 */
export function becomeOwner(folder: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 }
  if (uid === 0) return
  process.setgroups?.([gid])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

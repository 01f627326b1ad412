import {
  closeSync,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * The file that a service writes its output to. The service holds it itself, so that it can go on writing and
 * end in good order when the supervisor has vanished (a pipe would break).
 */
export interface ServiceLog extends Disposable {
  readonly path: string
  readonly descriptor: number
  /** The last lines since it was opened, for a person who wants to know why a service ended. */
  tail(lines: number): string[]
  /** Starts the file anew when it has grown too large; `<path>.1` to `.3` keep what was before. */
  rotate(): void
}

const largestBytes = 8 * 1024 * 1024
const kept = 3

export function openServiceLog(path: string): ServiceLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // Appending: after the file was cut to nothing the service goes on at its new end.
  const descriptor = openSync(path, 'a+', 0o600)
  // What an earlier run left here says nothing about this one.
  let opened = fstatSync(descriptor).size
  return {
    path,
    descriptor,
    tail: (lines) => lastLines(descriptor, opened, lines),
    rotate() {
      if (fstatSync(descriptor).size < largestBytes) return
      for (let number = kept - 1; number >= 1; number -= 1)
        renameIfThere(`${path}.${number}`, `${path}.${number + 1}`)
      copyFileSync(path, `${path}.1`)
      ftruncateSync(descriptor)
      opened = 0
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

function lastLines(descriptor: number, from: number, lines: number): string[] {
  const { size } = fstatSync(descriptor)
  if (size <= from) return []
  const buffer = Buffer.alloc(Math.min(size - from, 16 * 1024))
  readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
  return buffer.toString().trimEnd().split('\n').slice(-lines)
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

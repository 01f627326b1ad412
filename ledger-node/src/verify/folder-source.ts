import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type LogSource, SourceError } from './source.ts'

/**
 * Files below a folder. Reads them as they come, without the detour over a thread: most of an audit reads here, in
 * threads of its own.
 */
export function readFolder(folder: string): LogSource {
  return {
    parallel: 1,
    async get(path, limit) {
      try {
        return readFile(join(folder, path), path, limit)
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code
        if (code === 'ENOENT' || code === 'ENOTDIR') return null
        if (cause instanceof SourceError) throw cause
        throw new SourceError(path, `the file cannot be read (${code ?? String(cause)})`, { cause })
      }
    },
  }
}

function readFile(file: string, path: string, limit: number): Buffer {
  // Without waiting: a folder from elsewhere may hold a pipe that nobody writes to.
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const about = fstatSync(handle)
    if (!about.isFile()) throw new SourceError(path, 'it is no file')
    if (about.size > limit) throw new SourceError(path, `it has more than ${limit} bytes`)
    const bytes = Buffer.allocUnsafeSlow(about.size)
    let done = 0
    while (done < bytes.length) {
      const count = readSync(handle, bytes, done, bytes.length - done, done)
      if (count === 0) break
      done += count
    }
    return bytes.subarray(0, done)
  } finally {
    closeSync(handle)
  }
}

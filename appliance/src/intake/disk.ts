import type { ErrorCode } from '../errors.ts'

/** A reason why the data folder cannot be written at present; it concerns every file alike. */
export interface DiskProblem {
  code: Extract<ErrorCode, 'disk-full' | 'disk-failing'>
  detail: string
}

/** Tells what is wrong with the disk of the box from what is wrong with a file. */
export function diskProblem(cause: unknown): DiskProblem | null {
  const code = (cause as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return null
  if (full.has(code)) return { code: 'disk-full', detail: code }
  if (failing.test(code)) return { code: 'disk-failing', detail: code }
  return null
}

const full = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])
// EIO of the drop folder never gets here: reading a source wraps its errors (take.ts).
const failing = /^(EROFS|EIO|SQLITE_READONLY.*|SQLITE_IOERR.*|SQLITE_CANTOPEN.*)$/

import { type ErrorCode, TanboxError } from '../errors.ts'
import { type DiskProblem, diskProblem } from './disk.ts'

/** What becomes of a job that threw. */
export type Verdict =
  | { kind: 'failed'; reason: { code: ErrorCode; detail: string } }
  | { kind: 'later'; ms: number }
  | { kind: 'stopped'; problem: DiskProblem }

/** Faults of the surroundings rather than of the file: worth another try before it is called a failure. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'file-changing',
  'file-away',
  'embedder-broken',
  'too-many',
  'internal',
])
const tries = 5

export function judge(cause: unknown, attempts: number): Verdict {
  const problem = diskProblem(cause)
  if (problem) return { kind: 'stopped', problem }
  const { code, detail } = cause instanceof TanboxError ? cause : { code: 'internal' as const, detail: '' }
  // A file that never rests is not broken: it waits as long as it takes.
  const again = passing.has(code) && (attempts + 1 < tries || code === 'file-changing')
  if (again) return { kind: 'later', ms: Math.min(1000 * 2 ** attempts, 60_000) }
  return { kind: 'failed', reason: { code, detail } }
}

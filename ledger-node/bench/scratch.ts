import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A folder on the disk that the repository lies on, gone at the end: what /tmp is on differs from machine to machine. */
export function scratchFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(resolve(import.meta.dirname, '../../node_modules'), '.bench-ledger-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The value below which a share of all lie (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export const rounded = (value: number, digits = 1) => Number(value.toFixed(digits))

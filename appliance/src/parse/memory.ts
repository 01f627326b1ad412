import { readFileSync } from 'node:fs'
import os from 'node:os'

/** Page size of every machine we run on except some arm64 kernels; read once from the kernel's own figures. */
const pageBytes = pageSize()

/**
 * Resident bytes of a process and all its descendants; 0 when it has ended. Counts native memory, which V8's
 * heap limit does not see. Linux only, from /proc (proc(5): statm, children).
 */
export function residentBytes(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
    const below =
      children === '' ? 0 : children.split(' ').reduce((sum, child) => sum + residentBytes(Number(child)), 0)
    return pages * pageBytes + below
  } catch {
    return 0
  }
}

/** statm counts pages: VmRSS of this very process, in kB, divided by its pages tells how large one is. */
function pageSize(): number {
  if (os.platform() !== 'linux') return 4096
  const kilobytes = Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1])
  const pages = Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[0])
  const bytes = (kilobytes * 1024) / pages
  return [4096, 16384, 65536].reduce((best, size) =>
    Math.abs(size - bytes) < Math.abs(best - bytes) ? size : best,
  )
}

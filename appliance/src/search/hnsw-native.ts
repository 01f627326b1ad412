import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { HierarchicalNSW } from 'hnswlib-node'

/** What `npm run hnsw` writes beside the library it built. */
export interface HnswBuild {
  /** Names from /proc/cpuinfo of the instructions that the machine code uses. */
  cpu: string[]
}

export type Hnsw = typeof HierarchicalNSW

const require = createRequire(import.meta.url)

/** Where hnswlib-node looks for its machine code. */
export function hnswBuildFolder(): string {
  return join(dirname(require.resolve('hnswlib-node/package.json')), 'build/Release')
}

/**
 * hnswlib, if it was built and this CPU can run it; else why not. Code for instructions that a CPU lacks would end
 * the process, which happens when a disk or an image moves to another machine.
 */
export function loadHnsw(): { native: Hnsw } | { missing: string } {
  const folder = hnswBuildFolder()
  if (!existsSync(join(folder, 'addon.node')))
    return { missing: 'not built on this machine (npm run hnsw builds it)' }
  try {
    const marker = join(folder, 'addon.json')
    const { cpu } = existsSync(marker) ? (JSON.parse(readFileSync(marker, 'utf8')) as HnswBuild) : { cpu: [] }
    const here = cpuFeatures()
    const lacking = cpu.filter((feature) => !here.has(feature))
    if (lacking.length > 0)
      return { missing: `built for a CPU with ${lacking.join(', ')}; build it again: npm run hnsw` }
    return { native: (require('hnswlib-node') as typeof import('hnswlib-node')).HierarchicalNSW }
  } catch (error) {
    return { missing: `cannot be loaded: ${String(error)}` }
  }
}

/** Flags of the CPU as Linux names them; empty elsewhere. */
export function cpuFeatures(): Set<string> {
  try {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))
    return new Set(line?.[1]?.trim().split(/\s+/))
  } catch {
    return new Set()
  }
}

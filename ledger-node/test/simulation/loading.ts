import { registerHooks } from 'node:module'

/** A change of one place in the node's source, made while it is loaded. */
export interface Patch {
  /** Below `ledger-node/src`. */
  file: string
  /** Stands there exactly once. */
  find: string
  replace: string
}

/** Where the node's source is. */
export const source = new URL('../../src/', import.meta.url).href
const signatures = new URL('note/ed25519.ts', source).href
const remembered = new URL('remembered-crypto.ts', import.meta.url).href

/** A patch that does not fit: the source has changed since it was written. */
export class PatchMissed extends Error {
  constructor({ file, find }: Patch, count: number) {
    super(
      `${file} holds ${JSON.stringify(find)} ${count} times, not once: the planted bug has to be written anew`,
    )
    this.name = 'PatchMissed'
  }
}

/** The source of a file below `src` with the patches that concern it. */
export function patched(file: string, text: string, patches: readonly Patch[]): string {
  return patches
    .filter((patch) => patch.file === file)
    .reduce((before, patch) => {
      const parts = before.split(patch.find)
      if (parts.length !== 2) throw new PatchMissed(patch, parts.length - 1)
      return parts.join(patch.replace)
    }, text)
}

/** Behind the address of a file of the node: as it is, for those who judge the simulated node. */
export const honest = '?honest'

/** The node is loaded with these patches from now on, and with a memory for signatures. */
export function loadWith(patches: readonly Patch[]): void {
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? ''
      if (specifier === 'node:crypto' && parent.replace(honest, '') === signatures)
        return { url: remembered, shortCircuit: true, format: 'module-typescript' }
      const resolved = next(specifier, context)
      const inherits = parent.endsWith(honest) && resolved.url.startsWith(source)
      return inherits && !resolved.url.endsWith(honest)
        ? { ...resolved, url: resolved.url + honest }
        : resolved
    },
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.startsWith(source) || url.endsWith(honest) || loaded.source === undefined) return loaded
      const text = patched(url.slice(source.length), Buffer.from(loaded.source as Buffer).toString(), patches)
      return { ...loaded, source: text }
    },
  })
}

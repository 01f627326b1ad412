import type { Disk, DiskFile } from '../../src/disk/disk.ts'

/** A disk in memory that forgets nothing: a fuzzed node meets bad input, and no bad luck. */
export function memoryDisk(): Disk & { bytes(): number } {
  const files = new Map<string, Buffer>()
  const below = (path: string) => `${path.replace(/\/$/, '')}/`
  return {
    bytes: () => [...files.values()].reduce((sum, { length }) => sum + length, 0),
    async open(path) {
      if (!files.has(path)) files.set(path, Buffer.alloc(0))
      return memoryFile(files, path)
    },
    async read(path, limit) {
      const bytes = files.get(path)
      if (bytes === undefined) return null
      if (bytes.length > limit) throw new Error(`${path} has more than ${limit} bytes`)
      return Buffer.from(bytes)
    },
    async rename(from, to) {
      const bytes = files.get(from)
      if (bytes === undefined) throw Object.assign(new Error(`no ${from}`), { code: 'ENOENT' })
      files.delete(from)
      files.set(to, bytes)
    },
    async remove(path) {
      files.delete(path)
    },
    async list(path) {
      const names = [...files.keys()].flatMap((name) =>
        name.startsWith(below(path)) ? [name.slice(below(path).length).split('/')[0]!] : [],
      )
      return [...new Set(names)].sort()
    },
    async makeFolder() {},
    async syncFolder() {},
    lock: () => ({ [Symbol.dispose]: () => {} }),
  }
}

function memoryFile(files: Map<string, Buffer>, path: string): DiskFile {
  const bytes = () => files.get(path) ?? Buffer.alloc(0)
  return {
    size: async () => bytes().length,
    async read(into, position) {
      return bytes().copy(into, 0, position)
    },
    async write(added, position) {
      const held = bytes()
      const grown = Buffer.alloc(Math.max(held.length, position + added.length))
      held.copy(grown)
      grown.set(added, position)
      files.set(path, grown)
    },
    async truncate(size) {
      const cut = Buffer.alloc(size)
      bytes().copy(cut)
      files.set(path, cut)
    },
    async sync() {},
    async close() {},
  }
}

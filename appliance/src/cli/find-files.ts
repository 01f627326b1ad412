import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

/** A file to send, and the name under which the box will know it: the path from the folder that was named. */
export interface FoundFile {
  path: string
  name: string
  size: number
}

/**
 * The files at `paths`: those named, and those in named folders, sorted. Inside folders hidden files and symbolic
 * links are left out.
 * @throws the error of the file system for a path that is not there
 */
export async function findFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const path of paths) {
    const absolute = resolve(path)
    const stats = await stat(absolute)
    if (stats.isDirectory()) {
      for await (const file of filesBelow(absolute, basename(absolute))) found.set(file.path, file)
    } else {
      found.set(absolute, { path: absolute, name: basename(absolute), size: stats.size })
    }
  }
  return [...found.values()]
}

async function* filesBelow(folder: string, name: string): AsyncGenerator<FoundFile> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    const nameBelow = name ? `${name}/${entry.name}` : entry.name
    if (entry.isDirectory()) yield* filesBelow(path, nameBelow)
    else if (entry.isFile()) yield { path, name: nameBelow, size: (await lstat(path)).size }
  }
}

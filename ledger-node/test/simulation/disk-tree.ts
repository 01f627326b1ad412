import { FileNode, FolderNode, type Node } from './disk-nodes.ts'
import type { SeededRandom } from './random.ts'

/** A folder with all that is in it, as a backup holds it. */
export type FolderCopy = Map<string, Buffer | FolderCopy>

/** Names and what they stand for on one disk. Paths are absolute. Errors carry the machine's codes. */
export class FileTree {
  private readonly root = new FolderNode()

  powerCut(random: SeededRandom, keep: number): void {
    this.root.powerCut(random, keep)
  }

  /** What is in a folder as it is seen now; nothing where there is none. */
  copyOf(path: string): FolderCopy {
    const folder = this.folderAt(path)
    if (!folder) return new Map()
    return new Map(
      [...folder.seen].map(([name, node]) => [
        name,
        node instanceof FolderNode ? this.copyOf(`${path}/${name}`) : node.seen.copy(),
      ]),
    )
  }

  /** Bytes of a file that no power cut can take; null where it can take the file. */
  durableBytes(path: string): Buffer | null {
    let node: Node | undefined = this.root
    for (const name of partsOf(path)) node = node instanceof FolderNode ? node.durableNode(name) : undefined
    return node instanceof FileNode ? node.durableCopy() : null
  }

  /** Puts a copy in the place of the folder, or takes the folder away; durable at once. */
  restore(path: string, copy: FolderCopy | null): void {
    const [parent, name] = this.place(path)
    const old = parent.seen.get(name)
    const node = copy && this.build(copy)
    parent.change({ set: node ? [[name, node]] : [], gone: old ? [[name, old]] : [] })
    parent.settle(parent.last)
  }

  private build(copy: FolderCopy): FolderNode {
    const folder = new FolderNode()
    for (const [name, content] of copy) {
      let node: Node
      if (content instanceof Map) node = this.build(content)
      else {
        node = new FileNode()
        node.write(content, 0)
        node.settle(node.last)
      }
      folder.change({ set: [[name, node]], gone: [] })
    }
    folder.settle(folder.last)
    return folder
  }

  rename(from: string, to: string): void {
    const [source, oldName] = this.place(from)
    const [target, newName] = this.place(to)
    const node = source.seen.get(oldName)
    if (!node) throw failure('ENOENT', from)
    const gone: [string, Node][] = [[oldName, node]]
    target.change({ set: [[newName, node]], gone: source === target ? gone : [] })
    if (source !== target) source.change({ set: [], gone })
  }

  remove(path: string): void {
    const [folder, name] = this.place(path)
    const node = folder.seen.get(name)
    if (node instanceof FolderNode && node.seen.size > 0) throw failure('EISDIR', path)
    if (node) folder.change({ set: [], gone: [[name, node]] })
  }

  makeFile(path: string): FileNode {
    const [folder, name] = this.place(path)
    if (folder.seen.has(name)) throw failure('EISDIR', path)
    const file = new FileNode()
    folder.change({ set: [[name, file]], gone: [] })
    return file
  }

  makeFolders(path: string): void {
    let folder = this.root
    for (const name of partsOf(path)) {
      const below = folder.seen.get(name) ?? new FolderNode()
      if (!(below instanceof FolderNode)) throw failure('ENOTDIR', path)
      if (!folder.seen.has(name)) folder.change({ set: [[name, below]], gone: [] })
      folder = below
    }
  }

  fileAt(path: string): FileNode | null {
    const node = this.at(partsOf(path))
    return node instanceof FileNode ? node : null
  }

  folderAt(path: string): FolderNode | null {
    const node = this.at(partsOf(path))
    return node instanceof FolderNode ? node : null
  }

  /** The folder that a path's last name is in; the folder has to be there. */
  private place(path: string): [FolderNode, string] {
    const parts = partsOf(path)
    const name = parts.pop()
    const folder = this.at(parts)
    if (!(folder instanceof FolderNode) || name === undefined) throw failure('ENOENT', path)
    return [folder, name]
  }

  private at(parts: readonly string[]): Node | null {
    let node: Node = this.root
    for (const name of parts) {
      const below: Node | undefined = node instanceof FolderNode ? node.seen.get(name) : undefined
      if (!below) return null
      node = below
    }
    return node
  }
}

function partsOf(path: string): string[] {
  if (!path.startsWith('/')) throw new Error(`${path} is no absolute path`)
  return path.split('/').filter((part) => part !== '')
}

export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}

import type { SeededRandom } from './random.ts'

/** Bytes that grow. */
class Content {
  size = 0
  private bytes = Buffer.alloc(0)

  read(into: Uint8Array, position: number): number {
    if (position >= this.size) return 0
    return this.bytes.copy(into, 0, position, Math.min(this.size, position + into.length))
  }

  write(bytes: Uint8Array, position: number): void {
    this.reserve(position + bytes.length)
    this.bytes.set(bytes, position)
    this.size = Math.max(this.size, position + bytes.length)
  }

  truncate(size: number): void {
    this.reserve(size)
    // What is cut off does not come back when the file grows again.
    if (size < this.size) this.bytes.fill(0, size, this.size)
    this.size = size
  }

  copy(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.size))
  }

  private reserve(size: number): void {
    if (size <= this.bytes.length) return
    const grown = Buffer.alloc(Math.max(size, 2 * this.bytes.length))
    grown.set(this.bytes.subarray(0, this.size))
    this.bytes = grown
  }
}

type Change = { position: number; bytes: Buffer } | { size: number }

/**
 * A file: what a reader sees, what a power cut cannot take, and the changes in between. Every one of those may
 * be kept, lost, or kept in part, whatever becomes of the others: the disk wrote them in some order of its own.
 */
export class FileNode {
  readonly seen = new Content()
  private readonly durable = new Content()
  private changes: Change[] = []
  private gone = 0

  get size(): number {
    return this.seen.size
  }

  write(bytes: Buffer, position: number): void {
    this.seen.write(bytes, position)
    this.changes.push({ position, bytes })
  }

  truncate(size: number): void {
    this.seen.truncate(size)
    this.changes.push({ size })
  }

  /** The changes that a sync covers which begins now: those up to this one, counted from the file's first. */
  get last(): number {
    return this.gone + this.changes.length
  }

  /** The changes up to `last` are durable. */
  settle(last: number): void {
    for (const change of this.take(last)) apply(this.durable, change)
  }

  /** A sync failed: what it covered is seen until the power is cut, and is never written. */
  abandon(last: number): void {
    this.take(last)
  }

  /** What would be left if a power cut took all that it may. */
  durableCopy(): Buffer {
    return this.durable.copy()
  }

  powerCut(random: SeededRandom, keep: number): void {
    for (const change of this.changes) {
      if (random.chance(keep)) apply(this.durable, change)
      else if (random.chance(0.5)) tear(this.durable, change, random)
    }
    this.take(this.last)
    this.seen.truncate(0)
    this.seen.write(this.durable.copy(), 0)
  }

  private take(last: number): Change[] {
    const taken = this.changes.splice(0, Math.max(0, last - this.gone))
    this.gone += taken.length
    return taken
  }
}

function apply(content: Content, change: Change): void {
  if ('size' in change) content.truncate(change.size)
  else content.write(change.bytes, change.position)
}

/** Part of a write reached the disk: mostly its beginning, sometimes some middle, or the length before the bytes. */
function tear(content: Content, change: Change, random: SeededRandom): void {
  if ('size' in change) return
  const { bytes, position } = change
  const from = random.chance(0.3) ? random.below(bytes.length + 1) : 0
  const to = random.between(from, bytes.length)
  if (random.chance(0.3)) content.truncate(Math.max(content.size, position + bytes.length))
  if (to > from) content.write(bytes.subarray(from, to), position + from)
}

export type Node = FileNode | FolderNode

interface NameChange {
  /** Names that come, and names that go as long as they still mean this node; all of it or nothing. */
  set: [string, Node][]
  gone: [string, Node][]
}

/** A folder: names that a reader sees, names that are durable, and the changes in between. */
export class FolderNode {
  readonly seen = new Map<string, Node>()
  private readonly durable = new Map<string, Node>()
  private changes: NameChange[] = []
  private gone = 0

  change(change: NameChange): void {
    applyNames(this.seen, change)
    this.changes.push(change)
  }

  /** As that of a file. */
  get last(): number {
    return this.gone + this.changes.length
  }

  settle(last: number): void {
    const taken = this.changes.splice(0, Math.max(0, last - this.gone))
    this.gone += taken.length
    for (const change of taken) applyNames(this.durable, change)
  }

  durableNode(name: string): Node | undefined {
    return this.durable.get(name)
  }

  /** Each change of names is kept or lost for itself; so is each file's content. */
  powerCut(random: SeededRandom, keep: number): void {
    for (const change of this.changes) if (random.chance(keep)) applyNames(this.durable, change)
    this.gone = this.last
    this.changes = []
    this.seen.clear()
    for (const name of [...this.durable.keys()].sort()) {
      const node = this.durable.get(name)!
      this.seen.set(name, node)
      node.powerCut(random, keep)
    }
  }
}

function applyNames(names: Map<string, Node>, { set, gone }: NameChange): void {
  for (const [name, node] of gone) if (names.get(name) === node) names.delete(name)
  for (const [name, node] of set) names.set(name, node)
}

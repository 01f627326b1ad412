import type { Head } from '../chain.ts'
import type { DiskFile } from '../disk/disk.ts'
import type { VerifierKey } from '../note/key.ts'
import type { TreeStore } from '../store/tree-store.ts'
import type { TileId } from '../tree/tiles.ts'
import type { NewEntry } from './encode-next.ts'
import type { Gate } from './gate.ts'
import { LogHeld } from './log-errors.ts'
import type { MarkKeeper } from './mark.ts'
import type { OwnLog } from './own-log.ts'
import type { Marker, Published } from './published.ts'
import type { Publisher } from './publisher.ts'
import type { Standing } from './standing.ts'
import type { Writer } from './writer.ts'

/** What a log is made of, all of it open. */
export interface LogParts {
  key: VerifierKey
  file: DiskFile
  tree: TreeStore
  gate: Gate
  writer: Writer
  publisher: Publisher
  marking: MarkKeeper
  /** Keeps a copy of the bytes of the entries from there to the end. */
  keepTail: (fromByte: number) => Promise<void>
  onRelease: () => Promise<void>
}

/** A log in a folder of its own. */
export class LogOnDisk implements OwnLog {
  readonly #parts: LogParts

  constructor(parts: LogParts) {
    this.#parts = parts
  }

  get origin(): string {
    return this.key.name
  }

  get key(): VerifierKey {
    return this.#parts.key
  }

  get head(): Head {
    return this.#parts.writer.durable.head
  }

  get bytes(): number {
    return this.#parts.writer.durable.bytes
  }

  get file(): DiskFile {
    return this.#parts.file
  }

  get tree(): TreeStore {
    return this.#parts.tree
  }

  get waiting(): number {
    return this.#parts.writer.waiting
  }

  append(entry: NewEntry): Promise<number> {
    return this.#parts.writer.append(entry)
  }

  async read(from: number, limit: number): Promise<Buffer[]> {
    return this.tree.read(from, Math.min(limit, this.head.size - from))
  }

  find(commitment: string): Promise<number | null> {
    return this.#parts.writer.find(commitment)
  }

  get published(): Published | null {
    return this.#parts.publisher.newest
  }

  get final(): Published | null {
    return this.#parts.publisher.final
  }

  get marker(): Marker | null {
    return this.#parts.publisher.marker
  }

  onPublished(listener: (published: Published) => void): () => void {
    return this.#parts.publisher.listen(listener)
  }

  addCosignature(noteText: string, line: string): Promise<void> {
    return this.#parts.publisher.addCosignature(noteText, line)
  }

  setFinal(note: string): Promise<void> {
    return this.#parts.publisher.setFinal(note)
  }

  hasTile(id: TileId): boolean {
    return this.#parts.publisher.hasTile(id)
  }

  get standing(): Standing {
    return this.#parts.gate.standing
  }

  onStanding(listener: (standing: Standing) => void): () => void {
    return this.#parts.gate.listen(listener)
  }

  async hold(because: string): Promise<void> {
    const { gate } = this.#parts
    const { record } = gate
    if (record.state === 'closed') return
    const restored = record.state === 'held' && record.restored ? ({ restored: true } as const) : {}
    await gate.shut({ state: 'held', because, ...restored }, () => this.#settled())
  }

  async release(): Promise<void> {
    const { gate, publisher } = this.#parts
    const seen = gate.record
    if (seen.state === 'open') return
    if (seen.state === 'closed') throw new LogHeld(seen.because)
    const { marker, published } = this
    const signed = [marker, published && { size: published.size, root: published.root.toString('hex') }]
    for (const checkpoint of signed) {
      if (checkpoint && !(await this.holds(checkpoint)))
        throw new LogHeld(`the log does not hold its checkpoint of ${checkpoint.size} entries`)
    }
    await this.#parts.onRelease()
    await gate.open(seen)
    publisher.changed()
  }

  /** Whether the log has a checkpoint of ours, given by size and root in hex, among its durable entries. */
  async holds({ size, root }: Pick<Marker, 'size' | 'root'>): Promise<boolean> {
    return size <= this.head.size && (await this.tree.rootAt(size)).toString('hex') === root
  }

  async adopt(entries: readonly Buffer[]): Promise<void> {
    if (this.standing.state !== 'held') throw new Error('entries are adopted only by a log that is held')
    await this.#parts.writer.adopt(entries)
  }

  async dropUnpublished(): Promise<boolean> {
    const { gate, writer, tree, marking, keepTail } = this.#parts
    if (gate.record.state !== 'held' || !gate.record.restored) return false
    const size = this.published?.size ?? 0
    if (size >= this.head.size) return true
    await keepTail(await tree.bytesAt(size))
    await writer.cut(size, (mark) => marking.goBack(mark))
    return true
  }

  async conclude(because: string): Promise<void> {
    const { gate } = this.#parts
    if (gate.record.state !== 'closed') await gate.shut({ state: 'closed', because }, () => this.#settled())
  }

  /** Ends the log because another goes on; `last`, if any, is then its last entry. `finish` adds and publishes it. */
  async supersede(successor: string, last: NewEntry | null): Promise<void> {
    const { gate } = this.#parts
    const before = gate.record.state === 'open' ? '' : `${gate.record.because}; `
    const because = `${before}the log ${successor} goes on in its place`.slice(0, 4096)
    const record = { state: 'closed', because, successor, ...(last ? { last } : {}) } as const
    await gate.shut(record, () => this.#settled())
  }

  /** Does what `supersede` said; again after a crash. */
  async finish(): Promise<void> {
    const { gate, writer, publisher } = this.#parts
    const { record } = gate
    if (record.state !== 'closed' || !record.last) return
    const { last } = record
    await gate.whileEnding(async () => {
      await writer.appendLast(last)
      await publisher.publishNow()
    })
  }

  get successor(): string | null {
    const { record } = this.#parts.gate
    return record.state === 'closed' ? (record.successor ?? null) : null
  }

  /** After a restore: nothing is signed, also not what was to be the end. */
  async distrust(because: string): Promise<void> {
    const { gate } = this.#parts
    if (gate.record.state !== 'closed' || gate.record.last)
      await gate.shut({ state: 'held', because, restored: true }, () => this.#settled())
  }

  /** Signs and publishes what was not yet, if the log is open. */
  begin(): void {
    this.#parts.publisher.changed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { writer, publisher, marking, tree } = this.#parts
    await writer.stop()
    await publisher.stop()
    await marking.stop()
    await tree[Symbol.asyncDispose]()
  }

  async #settled(): Promise<void> {
    await this.#parts.writer.settled()
    await this.#parts.publisher.settled()
  }
}

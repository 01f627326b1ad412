import { encodeEntry, leafHash, noEntry, suite } from '../../src/entry.ts'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import type { SignerKey } from '../../src/note/key.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import type { NodeId } from '../../src/tree/node-id.ts'
import { proveConsistency } from '../../src/tree/prove.ts'
import { logSigner } from '../note/signers.ts'

/** A log in memory that signs whatever it is asked to: chained entries, and the hashes of their tree. */
export class GrowingLog {
  readonly signer: SignerKey
  readonly entries: Buffer[] = []
  readonly leaves: Buffer[] = []
  readonly #nodes = new Map<string, Buffer>()
  readonly #roots: Buffer[] = [new Frontier().root()]
  #frontier = new Frontier()

  constructor(signer: SignerKey = logSigner()) {
    this.signer = signer
  }

  /** `text` tells the entries of one history from those of another. */
  grow(count: number, text = 'a'): this {
    for (let at = 0; at < count; at++) {
      const seq = this.entries.length
      const prev = seq === 0 ? noEntry : leafHash(this.entries[seq - 1]!)
      const commitment = leafHash(Buffer.from(`${text} ${seq}`))
      const time = '2026-11-27T00:00:00.000Z'
      const entry = encodeEntry({ type: 'answer', seq, prev, time, commitment, suite })
      const leaf = hashLeaf(entry)
      this.entries.push(entry)
      this.leaves.push(leaf)
      this.#nodes.set(`0/${seq}`, leaf)
      this.#frontier.append(leaf, (level, index, hash) => this.#nodes.set(`${level}/${index}`, hash))
      this.#roots.push(this.#frontier.root())
    }
    return this
  }

  /** The same log up to `size`, to go on otherwise. */
  fork(size: number, text = 'b', count = 0): GrowingLog {
    const other = new GrowingLog(this.signer)
    other.grow(size)
    return other.grow(count, text)
  }

  root(size = this.entries.length): Buffer {
    return this.#roots[size]!
  }

  readonly hashes = async (nodes: readonly NodeId[]): Promise<Buffer[]> =>
    nodes.map(({ level, index }) => this.#nodes.get(`${level}/${index}`)!)

  note(size = this.entries.length, root = this.root(size)): string {
    const origin = this.signer.name
    return signCheckpoint({ origin, size: BigInt(size), root, extensions: [] }, this.signer)
  }

  /** A body for add-checkpoint with the right proof. */
  async request(old: number, size = this.entries.length): Promise<Buffer> {
    const proof = await proveConsistency(this.hashes, old, size)
    return formatAddCheckpoint({ old: BigInt(old), proof, note: this.note(size) })
  }
}

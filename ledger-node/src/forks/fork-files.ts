import { join } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import type { Disk } from '../disk/disk.ts'
import { replaceDurably } from '../disk/durable.ts'
import { readJsonFile, writeJsonFile } from '../disk/json-file.ts'
import { isOriginHash } from '../peers/origin-hash.ts'
import { Turns } from '../peers/turns.ts'
import { maxForkProofBytes, originOfProof, parseForkProof } from './fork-proof.ts'

/** How many entries both histories of a forked log begin with. */
export interface CommonPrefix {
  size: number
  /** False: at least so many; the tiles of one side could not be had. */
  exact: boolean
}

/** A log that has been proved to fork. */
export interface Fork {
  /** Origin hash. */
  id: string
  origin: string
  /** The file. */
  proof: string
  prefix: CommonPrefix
}

const PrefixSchema = Type.Object(
  { size: Type.Integer({ minimum: 0 }), exact: Type.Boolean() },
  { additionalProperties: false },
)
const validator = Compile(PrefixSchema)

/** Verified fork proofs, one a log: `forks/<origin hash>`, and beside it what is known of the common prefix. */
export class ForkFiles {
  readonly #disk: Disk
  readonly #folder: string
  readonly #forks: Map<string, Fork>
  readonly #turns = new Turns()

  constructor(disk: Disk, folder: string, forks: Map<string, Fork>) {
    this.#disk = disk
    this.#folder = folder
    this.#forks = forks
  }

  get all(): Fork[] {
    return [...this.#forks.values()]
  }

  find(id: string): Fork | null {
    return this.#forks.get(id) ?? null
  }

  /** Keeps the first proof of a log; another one of the same log says nothing new. */
  keep(fork: Omit<Fork, 'prefix'>): Promise<void> {
    return this.#turns.take(fork.id, async () => {
      if (this.#forks.has(fork.id)) return
      await replaceDurably(this.#disk, join(this.#folder, fork.id), fork.proof)
      this.#forks.set(fork.id, { ...fork, prefix: { size: 0, exact: false } })
    })
  }

  setPrefix(id: string, prefix: CommonPrefix): Promise<void> {
    return this.#turns.take(id, async () => {
      const fork = this.#forks.get(id)
      if (!fork || fork.prefix.exact) return
      await writeJsonFile(this.#disk, join(this.#folder, `${id}.prefix`), prefix)
      this.#forks.set(id, { ...fork, prefix })
    })
  }
}

/** They were verified before they were written. @throws Error for a damaged file: a frozen log stays frozen */
export async function openForkFiles(disk: Disk, folder: string): Promise<ForkFiles> {
  const forks = new Map<string, Fork>()
  for (const id of (await disk.list(folder)).filter(isOriginHash)) {
    const bytes = await disk.read(join(folder, id), maxForkProofBytes)
    if (bytes === null) continue
    const origin = originOfProof(parseForkProof(bytes))
    const prefix = await readJsonFile(disk, join(folder, `${id}.prefix`), 1024, validator)
    forks.set(id, { id, origin, proof: bytes.toString('utf8'), prefix: prefix ?? { size: 0, exact: false } })
  }
  return new ForkFiles(disk, folder, forks)
}

import type { OwnLog } from './log/own-log.ts'
import { formatProof } from './note/tlog-proof.ts'
import { proveInclusion } from './tree/prove.ts'

/** There is no checkpoint over the entry yet, or no entry. */
export class NotProvable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotProvable'
  }
}

/**
 * The receipt of an entry (C2SP tlog-proof): against the newest final checkpoint that covers it, else against the
 * newest published one, with the cosignatures that there are.
 * @throws NotProvable
 */
export async function proveEntry(log: OwnLog, seq: number): Promise<string> {
  const checkpoint = [log.final, log.published].find((it) => it !== null && it.size > seq)
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= log.head.size)
    throw new NotProvable(`There is no entry ${seq}.`)
  if (!checkpoint) throw new NotProvable(`No checkpoint covers entry ${seq} yet.`)
  const proof = await proveInclusion(log.tree.hashes, seq, checkpoint.size)
  return formatProof({ index: BigInt(seq), proof, checkpoint: checkpoint.note })
}

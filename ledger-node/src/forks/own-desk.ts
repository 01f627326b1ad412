import type { OwnLog } from '../log/own-log.ts'
import { rangeHashes } from '../tree/prove.ts'
import { type ForkProof, noPrefixProof, sameSizeProof } from './fork-proof.ts'
import { contradict, readSignedNote, type SignedNote } from './signed-note.ts'

/** What a checkpoint signed by our own key says about our log. */
export type OwnFinding =
  /** The log has it. */
  | { finding: 'held' }
  /** The log does not have it: entries were lost, or somebody else has the key. */
  | { finding: 'strange'; because: string }
  /** No tree has both it and what this box has published. */
  | { finding: 'fork'; proof: ForkProof }

/** Compares a checkpoint of ours that somebody showed with what this box holds and has published. */
export async function compareOwn(log: OwnLog, shown: SignedNote): Promise<OwnFinding> {
  const { size } = log.head
  if (shown.size > BigInt(size)) {
    const because = `a checkpoint of ${shown.size} of its entries was shown, and it holds ${size}`
    return { finding: 'strange', because }
  }
  const smaller = Number(shown.size)
  if ((await log.tree.rootAt(smaller)).equals(shown.root)) return { finding: 'held' }
  const published = log.published && readSignedNote(log.published.note, log.key)
  if (published && contradict(published, shown))
    return { finding: 'fork', proof: sameSizeProof(published.note, shown.note) }
  if (published && shown.size > 0n && shown.size < published.size) {
    const read = log.tree.hashes
    const larger = Number(published.size)
    const hashes = [...(await rangeHashes(read, 0, smaller)), ...(await rangeHashes(read, smaller, larger))]
    return { finding: 'fork', proof: noPrefixProof(shown.note, published.note, hashes) }
  }
  return {
    finding: 'strange',
    because: `a checkpoint of ${shown.size} other entries was signed with its key`,
  }
}

import type { Clock } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import { type AddCheckpoint, parseAddCheckpoint } from '../note/add-checkpoint.ts'
import {
  type Checkpoint,
  type OpenedCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from '../note/checkpoint.ts'
import { cosign } from '../note/cosignature.ts'
import type { SignerKey, VerifierKey } from '../note/key.ts'
import { formatNote, NoteError, parseNote } from '../note/note.ts'
import { answer } from '../peers/answer.ts'
import type { PeerResponse } from '../peers/exchange.ts'
import { originHash } from '../peers/origin-hash.ts'
import { Turns } from '../peers/turns.ts'
import { emptyRoot } from '../tree/hash.ts'
import { ProofError, verifyConsistency } from '../tree/proof.ts'
import { type Witnessed, WitnessMemory } from './memory.ts'

/** What came of a checkpoint whose log signature is good. */
export type Verdict =
  /** It continues what was cosigned before, and is cosigned now. */
  | 'cosigned'
  /** It was refused because nothing shows that it continues what was cosigned before. */
  | 'unproved'
  /** It was refused for another reason: an old size that is not ours, a barrier. */
  | 'seen'

/** Why a checkpoint whose proof is good is not cosigned all the same. */
export interface Barrier {
  status: 403 | 503
  because: string
}

export interface WitnessParts {
  disk: Disk
  /** Never backed up. */
  folder: string
  clock: Clock
  /** Of type 0x04. Asked for each time: a restored box makes a new one. */
  signer: () => SignerKey
  /** Keys of a log that is cosigned here, by the hash of its origin; null for every other, our own included. */
  logs: (id: string) => readonly VerifierKey[] | null
  /** The same for every log that is known here, also when it is not cosigned at present. */
  known: (id: string) => readonly VerifierKey[] | null
  /** Asked as the last step before a checkpoint is stored. */
  barrier: (id: string, checkpoint: Checkpoint) => Promise<Barrier | null>
  /** Told of every checkpoint with a good log signature. */
  observe: (id: string, opened: OpenedCheckpoint, verdict: Verdict) => void
  notice: (sentence: string) => void
}

export interface Witness {
  /** `add-checkpoint` of C2SP tlog-witness. */
  addCheckpoint(body: Uint8Array): Promise<PeerResponse>
  /**
   * The monitoring endpoint: the last checkpoint of a log that was cosigned, with the cosignature. Also of a log that is
   * cosigned no more: that it never was is what a log on its way back from a backup would read out of a 404.
   */
  latest(id: string): Promise<PeerResponse>
  /** The same for this node itself, of a log that is known. */
  witnessed(id: string): Promise<Witnessed | null>
  /** Ends when nothing is being answered. */
  settled(): Promise<void>
}

/**
 * A witness (C2SP tlog-witness). Per log one request after another is checked against what was cosigned last and
 * remembered durably before it is answered: nothing comes between the look and the writing.
 */
export function createWitness(parts: WitnessParts): Witness {
  const memory = new WitnessMemory(parts.disk, parts.folder)
  const turns = new Turns()

  async function decide(request: AddCheckpoint, opened: OpenedCheckpoint, id: string): Promise<PeerResponse> {
    const latest = await memory.latest(id, [opened.key])
    const refusal = refusalOf(request, opened.checkpoint, latest)
    const barrier = refusal ? null : await parts.barrier(id, opened.checkpoint)
    if (refusal || barrier) {
      parts.observe(id, opened, refusal?.status === 422 ? 'unproved' : 'seen')
      return refusal ?? answer(barrier!.status, `${barrier!.because}\n`)
    }
    const seconds = BigInt(Math.max(1, Math.floor(parts.clock.now() / 1000)))
    const line = cosign(opened.text, parts.signer(), seconds)
    const { size, root } = opened.checkpoint
    await memory.remember(id, { note: formatNote(opened.text, [...logLines(opened), line]), size, root })
    parts.observe(id, opened, 'cosigned')
    return answer(200, line)
  }

  return {
    async addCheckpoint(body) {
      try {
        const request = parseAddCheckpoint(body)
        const note = parseNote(request.note)
        const id = originHash(parseCheckpoint(note.text).origin)
        const keys = parts.logs(id)
        if (!keys) return answer(404, 'no log of this origin is cosigned here\n')
        const opened = openCheckpoint(note, keys)
        return await turns.take(id, () => decide(request, opened, id))
      } catch (error) {
        if (error instanceof NoteError)
          return answer(error.code === 'malformed' ? 400 : 403, `${error.message}\n`)
        parts.notice(
          `A checkpoint could not be cosigned: ${error instanceof Error ? error.message : String(error)}`,
        )
        return answer(500, 'the checkpoint could not be checked and remembered\n')
      }
    },
    async latest(id) {
      const note = await memory.note(id)
      return note === null ? answer(404, 'no checkpoint of this log was cosigned here\n') : answer(200, note)
    },
    async witnessed(id) {
      const keys = parts.known(id)
      return keys && memory.latest(id, keys)
    },
    settled: () => turns.settled(),
  }
}

/** The checks of tlog-witness, in its order, after origin and signature. Null where all of them pass. */
function refusalOf(
  { old, proof }: AddCheckpoint,
  { size, root }: Checkpoint,
  latest: Witnessed | null,
): PeerResponse | null {
  if (old > size) return answer(400, 'the old size is larger than the checkpoint\n')
  const stored = latest?.size ?? 0n
  if (old !== stored) return answer(409, `${stored}\n`, 'text/x.tlog.size')
  const problem = problemOf(old, proof, { size, root }, latest?.root ?? emptyRoot)
  return problem === null ? null : answer(422, `${problem}\n`)
}

function problemOf(
  old: bigint,
  proof: readonly Buffer[],
  { size, root }: { size: bigint; root: Buffer },
  oldRoot: Buffer,
): string | null {
  if (size === 0n && !root.equals(emptyRoot)) return 'a tree of no leaves has another root'
  if (old === 0n) return proof.length === 0 ? null : 'from size 0 there is nothing to prove'
  if (old === size && !root.equals(oldRoot)) return 'another root of this size was cosigned before'
  try {
    verifyConsistency({ from: old, to: size, fromRoot: oldRoot, toRoot: root, proof })
    return null
  } catch (error) {
    if (error instanceof ProofError) return error.message
    throw error
  }
}

/** The signature of the log that was verified, once. Others are not kept: nobody here can tell what they are. */
function logLines({ note, key }: OpenedCheckpoint): string[] {
  const line = note.signatures.find(({ name, id }) => name === key.name && id === key.id)!.line
  return [line]
}

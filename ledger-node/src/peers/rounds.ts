import { type Clock, sleep } from '../clock.ts'
import { formatAddCheckpoint } from '../note/add-checkpoint.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { parseDecimal } from '../note/decimal.ts'
import type { VerifierKey } from '../note/key.ts'
import { claimsKey, formatNote, NoteError, parseNote, parseSignatureLines } from '../note/note.ts'
import type { Policy } from '../note/policy.ts'
import { type HashReader, proveConsistency } from '../tree/prove.ts'
import { reasonIn } from './answer.ts'
import type { Background } from './background.ts'
import type { Exchange, PeerResponse } from './exchange.ts'

/** One whose cosignature counts, or is at least wanted. */
export interface RoundWitness {
  /** Its name in the policy. */
  name: string
  key: VerifierKey
  exchange: Exchange
  /** Where `add-checkpoint` is, as `/witness`. */
  prefix: string
}

/** The log whose checkpoints are submitted: the part of `OwnLog` that a round needs. */
export interface RoundLog {
  readonly published: { note: string; size: number; root: Buffer } | null
  readonly tree: { hashes: HashReader }
  addCosignature(noteText: string, line: string): Promise<void>
  setFinal(note: string): Promise<void>
}

/** What is known of a witness. */
export interface WitnessStanding {
  /** Every entry below this number is covered by a checkpoint that it cosigned. */
  cosigned: number
  /** Why it did not cosign the last time; null when it did. */
  because: string | null
}

export interface RoundParts {
  log: () => RoundLog | null
  witnesses: () => readonly RoundWitness[]
  policy: () => Policy
  clock: Clock
  background: Background
  /** Told when a witness has cosigned a larger tree of this log than the one that is held here. */
  onLarger: (witness: RoundWitness, size: bigint) => void
}

export interface Rounds {
  /** There is a new checkpoint, or another witness. */
  wake(): void
  /** Asks also those that failed and would be left alone for a while. */
  retry(): void
  standing(name: string): WitnessStanding
  /** Forgets what witnesses have cosigned: another log is the current one. */
  reset(): void
}

/** A checkpoint on its way to be final. Witnesses are asked for the same one, so that their cosignatures meet on it. */
interface Round {
  note: string
  text: string
  size: number
  began: number
  /** Cosignature lines by the name of the witness. */
  lines: Map<string, string>
  final: boolean
}

/** A round that has not become final by then gives way to the newest checkpoint. */
const roundMs = 5_000
const firstRetryMs = 500
const longestRetryMs = 15_000
const maxAnswerBytes = 64 * 1024

/**
 * Collects cosignatures for the newest checkpoint of the own log (C2SP tlog-witness). One request to a witness at a
 * time; a slow one holds up nobody.
 */
export function createRounds(parts: RoundParts): Rounds {
  const { clock, background } = parts
  const standings = new Map<string, WitnessStanding>()
  /** Size that a witness says to have cosigned last. It is where a proof begins, and counts for nothing else. */
  const claimed = new Map<string, number>()
  const busy = new Set<string>()
  /** Pauses after failures; each is ended by its member. */
  const pauses = new Set<() => void>()
  let current: Round | null = null
  let epoch = 0

  function standing(name: string): WitnessStanding {
    const known = standings.get(name)
    if (known) return known
    const fresh: WitnessStanding = { cosigned: 0, because: null }
    standings.set(name, fresh)
    return fresh
  }

  /** The round that witnesses are asked for now. */
  function round(log: RoundLog): Round | null {
    const newest = log.published
    if (!newest) return null
    const isOver =
      current === null ||
      current.final ||
      clock.now() - current.began > roundMs ||
      current.began > clock.now()
    if (current && (!isOver || current.size >= newest.size)) return current
    const { text, signatures } = parseNote(newest.note)
    // The log's own signature alone: some witnesses take no more than 10 KiB.
    const note = formatNote(text, [signatures[0]!.line])
    current = { note, text, size: newest.size, began: clock.now(), lines: new Map(), final: false }
    return current
  }

  function wake(): void {
    for (const witness of parts.witnesses()) {
      if (busy.has(witness.name)) continue
      busy.add(witness.name)
      background.run(`Witness ${witness.name}`, () =>
        serve(witness.name).finally(() => busy.delete(witness.name)),
      )
    }
  }

  /** Asks one witness until it has cosigned what there is. */
  async function serve(name: string): Promise<void> {
    for (let failures = 0; !background.stopped; ) {
      const witness = parts.witnesses().find((it) => it.name === name)
      const log = parts.log()
      const wanted = log && round(log)
      if (!witness || !wanted || wanted.lines.has(name) || wanted.size <= standing(name).cosigned) {
        // While others are still being asked for this round, the newest checkpoint waits for its end.
        if (!witness || !log?.published || log.published.size <= standing(name).cosigned) return
        await sleep(clock, 50, background.signal)
        continue
      }
      const began = epoch
      const because = await submit(witness, log, wanted).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      )
      if (began !== epoch) continue
      standing(name).because = because
      failures = because === null ? 0 : failures + 1
      if (failures > 0) await rest(retryAfter(failures))
    }
  }

  async function rest(ms: number): Promise<void> {
    const ended = new AbortController()
    const end = () => ended.abort()
    pauses.add(end)
    background.signal.addEventListener('abort', end)
    if (!background.stopped) await sleep(clock, ms, ended.signal)
    background.signal.removeEventListener('abort', end)
    pauses.delete(end)
  }

  /** Null when it has cosigned, else why not. */
  async function submit(witness: RoundWitness, log: RoundLog, wanted: Round): Promise<string | null> {
    let old = claimed.get(witness.name) ?? 0
    const asked = epoch
    for (let tries = 0; tries < 3; tries += 1) {
      const proof = await proveConsistency(log.tree.hashes, old, wanted.size)
      const body = formatAddCheckpoint({ old: BigInt(old), proof, note: wanted.note })
      const response = await witness.exchange.request(
        { method: 'POST', path: `${witness.prefix}/add-checkpoint`, body },
        { maxBytes: maxAnswerBytes, signal: background.signal },
      )
      // What is said of one log says nothing of the next.
      if (asked !== epoch) return 'another log is the current one by now'
      if (response.status === 200) return accept(witness, log, wanted, response)
      if (response.status !== 409) return reasonIn(response)
      const size = sizeIn(response)
      if (size === null) return 'answered 409 without a size'
      if (size > BigInt(wanted.size)) {
        const held = log.published?.size ?? 0
        if (size > BigInt(held)) parts.onLarger(witness, size)
        return `has cosigned ${size} entries`
      }
      old = Number(size)
      claimed.set(witness.name, old)
    }
    return 'names another size each time'
  }

  async function accept(
    witness: RoundWitness,
    log: RoundLog,
    wanted: Round,
    response: PeerResponse,
  ): Promise<string | null> {
    const line = cosignatureIn(response, witness.key, wanted.text)
    if (line === null) return 'answered without a cosignature that is its own and right'
    claimed.set(witness.name, wanted.size)
    // Of the log that was current when this began, also when another takes its place meanwhile.
    const mine = standing(witness.name)
    const { cosigned } = mine
    try {
      await log.addCosignature(wanted.text, line)
      wanted.lines.set(witness.name, line)
      mine.cosigned = Math.max(cosigned, wanted.size)
      await finish(log, wanted)
    } catch (error) {
      // The disk did not take it: the witness is asked once more, as if it had not answered.
      wanted.lines.delete(witness.name)
      mine.cosigned = cosigned
      throw error
    }
    return null
  }

  async function finish(log: RoundLog, wanted: Round): Promise<void> {
    const policy = parts.policy()
    if (policy.quorum.kind === 'none' || !policy.satisfiedBy(new Set(wanted.lines.keys()))) return
    const { signatures } = parseNote(wanted.note)
    await log.setFinal(formatNote(wanted.text, [signatures[0]!.line, ...wanted.lines.values()]))
    wanted.final = true
  }

  return {
    wake,
    retry() {
      for (const end of [...pauses]) end()
      wake()
    },
    standing,
    reset() {
      epoch += 1
      current = null
      standings.clear()
      claimed.clear()
    },
  }
}

/** The first line that is a good cosignature by this key on this text, with a time; others are ignored. */
function cosignatureIn({ body }: PeerResponse, key: VerifierKey, text: string): string | null {
  try {
    for (const signature of parseSignatureLines(Buffer.from(body).toString('utf8'))) {
      if (!claimsKey(signature, key)) continue
      const verified = verifyCosignature(text, signature, key)
      if (verified && verified.timestamp > 0n) return signature.line
    }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
  }
  return null
}

/** The size in a 409, `<decimal>` and a line end (C2SP tlog-witness); null for anything else. */
function sizeIn({ body }: PeerResponse): bigint | null {
  const text = Buffer.from(body.subarray(0, 32)).toString('latin1')
  return text.endsWith('\n') && body.length <= 32 ? parseDecimal(text.slice(0, -1)) : null
}

function retryAfter(failures: number): number {
  return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 10))
}

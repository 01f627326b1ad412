import { canonicalJson } from '../canonical-json.ts'
import { opens } from '../commitment.ts'
import { type EntryParts, readForm } from '../entry-form.ts'
import { type Checkpoint, openCheckpoint } from '../note/checkpoint.ts'
import type { VerifierKey } from '../note/key.ts'
import { checkPolicy, type Policy } from '../note/policy.ts'
import { parseProof, type TlogProof } from '../note/tlog-proof.ts'
import { hashLeaf } from '../tree/hash.ts'
import { verifyInclusion } from '../tree/proof.ts'

/**
 * Verifies one receipt without the box: a tlog-proof, the bytes of its entry, and where they are at hand the content
 * and its salt. Also runs in a browser, so that nothing in here needs more than hashes and Ed25519.
 */
export interface ReceiptParts {
  proof: Uint8Array | string
  entry: Uint8Array
  salt?: string
  /** The canonical JSON; another layout of the same JSON is taken as well. */
  content?: string
  /** The log key that is trusted. */
  key: VerifierKey
  /** Whose cosignatures make it final. */
  policy?: Policy
}

/** What is looked at, in this order. A step that cannot be taken because an earlier one failed is `skipped`. */
export const receiptSteps = ['proof', 'signature', 'entry', 'inclusion', 'content', 'finality'] as const
export type ReceiptStep = (typeof receiptSteps)[number]

export type StepOutcome =
  | { result: 'good' }
  /** `reason` is for a person who can look into it; `problem` is one of a known few. */
  | { result: 'bad'; problem: ReceiptProblem; reason: string }
  /** Nothing was given to look at: no content, no policy. */
  | { result: 'not-given' }
  | { result: 'skipped' }

export type ReceiptProblem =
  | 'unreadable-proof'
  | 'wrong-log'
  | 'bad-signature'
  | 'not-an-entry'
  | 'other-index'
  | 'not-included'
  | 'salt-missing'
  | 'content-missing'
  | 'malformed-salt'
  | 'other-content'
  | 'bad-cosignature'
  | 'not-final'

export interface ReceiptReport {
  /** No step is bad. What was not given was not checked: see the steps. */
  ok: boolean
  steps: Record<ReceiptStep, StepOutcome>
  /** What the steps make sure of, as far as they are good; null before. */
  checkpoint: Checkpoint | null
  index: bigint | null
  entry: EntryParts | null
  /** Witnesses of the policy that cosigned, by name, and how many the policy has. */
  witnesses: string[]
  of: number
}

/** Never throws: whatever is wrong with the parts is in the report. */
export function checkReceipt(parts: ReceiptParts): ReceiptReport {
  const skipped = { result: 'skipped' } as const
  const steps: ReceiptReport['steps'] = {
    proof: skipped,
    signature: skipped,
    entry: skipped,
    inclusion: skipped,
    content: skipped,
    finality: parts.policy ? skipped : { result: 'not-given' },
  }
  const report: ReceiptReport = {
    ok: false,
    steps,
    checkpoint: null,
    index: null,
    entry: null,
    witnesses: [],
    of: parts.policy?.witnesses.length ?? 0,
  }
  const proof = take(steps, 'proof', 'unreadable-proof', () => parseProof(parts.proof))
  if (proof) report.checkpoint = takeSignature(steps, proof, parts.key)
  report.entry = takeEntry(steps, parts.entry, proof)
  if (proof && report.checkpoint) {
    takeInclusion(steps, parts.entry, proof, report.checkpoint)
    report.index = steps.inclusion.result === 'good' ? proof.index : null
    if (parts.policy) report.witnesses = takeFinality(steps, proof, parts.key, parts.policy)
  }
  steps.content = contentOutcome(parts, report.entry)
  report.ok = Object.values(steps).every(({ result }) => result === 'good' || result === 'not-given')
  return report
}

/** Runs a step; its value, or null after noting what is wrong. */
function take<T>(
  steps: ReceiptReport['steps'],
  step: ReceiptStep,
  problem: ReceiptProblem,
  run: () => T,
): T | null {
  try {
    const value = run()
    steps[step] = { result: 'good' }
    return value
  } catch (error) {
    steps[step] = { result: 'bad', problem, reason: error instanceof Error ? error.message : String(error) }
    return null
  }
}

function takeSignature(steps: ReceiptReport['steps'], proof: TlogProof, key: VerifierKey): Checkpoint | null {
  const opened = take(steps, 'signature', 'bad-signature', () => openCheckpoint(proof.checkpoint, key))
  const { signature } = steps
  if (signature.result === 'bad' && !proof.checkpoint.startsWith(`${key.name}\n`))
    signature.problem = 'wrong-log'
  return opened?.checkpoint ?? null
}

function takeEntry(
  steps: ReceiptReport['steps'],
  bytes: Uint8Array,
  proof: TlogProof | null,
): EntryParts | null {
  const entry = readForm(Buffer.from(bytes).toString('latin1'))
  if (entry === null) {
    const reason = 'the bytes are not an entry in its canonical form'
    steps.entry = { result: 'bad', problem: 'not-an-entry', reason }
  } else if (proof && BigInt(entry.seq) !== proof.index) {
    const reason = `the entry calls itself number ${entry.seq}, the proof is of number ${proof.index}`
    steps.entry = { result: 'bad', problem: 'other-index', reason }
  } else steps.entry = { result: 'good' }
  return entry
}

function takeInclusion(
  steps: ReceiptReport['steps'],
  entry: Uint8Array,
  { index, proof }: TlogProof,
  { size, root }: Checkpoint,
): void {
  take(steps, 'inclusion', 'not-included', () =>
    verifyInclusion({ index, size, leaf: hashLeaf(entry), root, proof }),
  )
}

function contentOutcome({ salt, content }: ReceiptParts, entry: EntryParts | null): StepOutcome {
  if (salt === undefined && content === undefined) return { result: 'not-given' }
  if (salt === undefined) return bad('salt-missing', 'a content shows nothing without its salt')
  if (content === undefined) return bad('content-missing', 'a salt shows nothing without its content')
  if (!/^[0-9a-f]{64}$/.test(salt)) return bad('malformed-salt', 'a salt is 32 bytes in lower-case hex')
  if (entry === null) return { result: 'skipped' }
  const spellings = [content, canonicalOf(content)]
  const isIt = spellings.some((text) => text !== null && opens(entry.commitment, text, salt))
  return isIt
    ? { result: 'good' }
    : bad('other-content', 'content and salt are not the ones that the entry commits to')
}

/** The canonical text of a JSON in any layout; null for what is none. */
export function canonicalOf(text: string): string | null {
  try {
    return canonicalJson(JSON.parse(text))
  } catch {
    return null
  }
}

function takeFinality(
  steps: ReceiptReport['steps'],
  proof: TlogProof,
  key: VerifierKey,
  policy: Policy,
): string[] {
  const counted = take(steps, 'finality', 'bad-cosignature', () => checkPolicy(policy, proof.checkpoint, key))
  if (counted && !counted.final) {
    const reason = `${counted.witnesses.length} of ${policy.witnesses.length} witnesses cosigned it, which the policy does not take`
    steps.finality = bad('not-final', reason)
  }
  return counted?.witnesses ?? []
}

function bad(problem: ReceiptProblem, reason: string): StepOutcome {
  return { result: 'bad', problem, reason }
}

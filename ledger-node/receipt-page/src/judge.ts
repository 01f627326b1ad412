import { parseVerifierKey, type VerifierKey } from '../../src/note/key.ts'
import { type Policy, parsePolicy } from '../../src/note/policy.ts'
import { checkReceipt, type ReceiptReport } from '../../src/receipt/check-receipt.ts'
import type { PartName, Verdict } from './texts.ts'

/** What the page says about what was entered. */
export interface Judgement {
  verdict: Verdict
  /** Null while something necessary is missing or cannot be used. */
  report: ReceiptReport | null
  missing: ('proof' | 'entry' | 'log')[]
  /** Why the key or the policy cannot be used. */
  badKey: string | null
  badPolicy: string | null
}

/**
 * Verifies what was entered. White space around a part that a person pasted is no part of it.
 * @param known whether the key, and the policy, are known from elsewhere than the receipt
 */
export function judge(given: Record<PartName, string>, known: boolean): Judgement {
  const parts = {
    proof: given.proof.trim(),
    entry: given.entry.trim(),
    log: given.log.trim(),
    salt: given.salt.trim(),
    content: given.content.trim(),
    policy: given.policy.trim(),
  }
  const missing = (['proof', 'entry', 'log'] as const).filter((name) => parts[name] === '')
  const key = tryTo(() => (parts.log === '' ? null : parseVerifierKey(parts.log)))
  const policy = tryTo(() => (parts.policy === '' ? null : parsePolicy(given.policy)))
  const badKey = typeof key === 'string' ? key : null
  const badPolicy = typeof policy === 'string' ? policy : null
  const judgement: Judgement = { verdict: 'incomplete', report: null, missing, badKey, badPolicy }
  if (missing.length > 0 || key === null || typeof key === 'string' || typeof policy === 'string') {
    return judgement
  }
  judgement.report = verify(parts, key, policy)
  judgement.verdict = judgement.report.ok ? (known ? 'good' : 'unsure') : 'bad'
  return judgement
}

function verify(parts: Record<PartName, string>, key: VerifierKey, policy: Policy | null): ReceiptReport {
  return checkReceipt({
    proof: `${parts.proof}\n`,
    entry: new TextEncoder().encode(parts.entry),
    key,
    ...(parts.salt !== '' && { salt: parts.salt }),
    ...(parts.content !== '' && { content: parts.content }),
    ...(policy && { policy }),
  })
}

/** The value, or why there is none. */
function tryTo<T extends object | null>(run: () => T): T | string {
  try {
    return run()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

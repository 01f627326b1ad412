/** Which sets of witnesses are enough (C2SP tlog-policy, sections Defining the quorum and Defining a witness group). */
export type Quorum =
  | { kind: 'none' }
  | { kind: 'witness'; name: string }
  /** At least `threshold` of the members. No name stands twice in a quorum. */
  | { kind: 'group'; name: string; threshold: number; members: Quorum[] }

/** Whether cosignatures of these witnesses, by their names in the policy, are enough. */
export function isSatisfied(quorum: Quorum, witnesses: ReadonlySet<string>): boolean {
  if (quorum.kind === 'none') return true
  if (quorum.kind === 'witness') return witnesses.has(quorum.name)
  return quorum.members.filter((member) => isSatisfied(member, witnesses)).length >= quorum.threshold
}

/**
 * How many of n witnesses have to cosign when any of them may be lying: any two sets of floor((n + f) / 2) + 1 have
 * more than f in common, so that two histories cannot both become final while at most f lie. f = floor((n - 1) / 3) is
 * the most with which the honest ones alone are enough; it is 0 below four witnesses.
 * @param n witnesses other than the log's own box
 */
export function thresholdOf(n: number): { k: number; faulty: number } {
  if (n === 0) return { k: 0, faulty: 0 }
  const faulty = Math.floor((n - 1) / 3)
  return { k: Math.floor((n + faulty) / 2) + 1, faulty }
}

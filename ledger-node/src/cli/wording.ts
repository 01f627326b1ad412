import type { NodeReport } from '../operation.ts'
import type { StateAnswer } from '../protocol.ts'
import { type Language, say } from './language.ts'

/** What n witnesses are worth, for people: as the node explains it, in both languages. */
export function explainWitnesses(
  language: Language,
  { n, faulty, needed }: { n: number; faulty: number; needed: number | null },
): string {
  if (n === 0) return say(language, 'noWitness')
  const rule = needed === null ? say(language, 'neededByPolicy', n) : say(language, 'needed', n, needed)
  if (needed === null) return rule
  return faulty === 0 ? say(language, 'fewBoxes', rule) : say(language, 'manyBoxes', rule, faulty)
}

/**
 * How far an entry has come, in a sentence or two. The node's note is in English; in Chinese the same is said from what
 * its status tells.
 */
export function explainState(
  language: Language,
  { seq, state, k, n, note }: StateAnswer,
  { origin, witnesses, forks }: Pick<NodeReport, 'origin' | 'witnesses' | 'forks'>,
): string {
  const fork = forks.find((it) => it.origin === origin)
  const forked = fork && seq >= fork.prefix.size ? say(language, 'ownFork') : ''
  const about = language === 'en' ? (note ?? '') : forked + explainWitnesses(language, witnesses)
  if (state === 'local') return say(language, 'stateLocal', seq, about).trim()
  return say(language, state === 'final' ? 'stateFinal' : 'stateWitnessed', seq, k, n, about).trim()
}

/** Old models know a history only as pairs of question and answer. */
import type { AskBody } from '../protocol.ts'

export interface PairedHistory {
  pairs: [question: string, answer: string][]
  /** Questions at the end that nobody has answered; they belong before the present one. */
  unanswered: string
}

/**
 * Nothing is lost but an answer without a question at the beginning: several messages of one role in a row become
 * one.
 */
export function pairHistory(history: AskBody['history']): PairedHistory {
  const pairs: PairedHistory['pairs'] = []
  let question = ''
  let answered = false
  for (const { role, content } of history) {
    const last = pairs.at(-1)
    if (role === 'user') {
      question = question === '' ? content : `${question}\n\n${content}`
      answered = false
    } else if (answered && last) {
      last[1] = `${last[1]}\n\n${content}`
    } else if (question !== '') {
      pairs.push([question, content])
      question = ''
      answered = true
    }
  }
  return { pairs, unanswered: question }
}

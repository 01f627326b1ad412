import type { Answer } from '../model.ts'

export interface Turn {
  role: 'user' | 'assistant'
  content: string
}

/** What follow-ups remember: enough to tell what "it" is, not the whole talk. UTF-16 code units. */
const memory = { answers: 6, characters: 4000, perAnswer: 800 }

/** The turns before a follow-up, oldest first. The newest stay when room is short; a question is never cut. */
export function historyOf(answers: readonly Answer[]): Turn[] {
  const turns: Turn[] = []
  let room = memory.characters
  for (const { question, text } of answers.slice(-memory.answers).toReversed()) {
    const said = text.length <= memory.perAnswer ? text : `${text.slice(0, memory.perAnswer).toWellFormed()}…`
    room -= question.length + said.length
    if (room < 0) break
    if (said !== '') turns.unshift({ role: 'assistant', content: said })
    turns.unshift({ role: 'user', content: question })
  }
  return turns
}

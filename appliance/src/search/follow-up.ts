export interface Turn {
  role: 'user' | 'assistant'
  content: string
}

export interface Completed {
  /** The question with what it refers to, as it is searched and shown. */
  text: string
  /** The words before the question that it was completed with; empty for a question that stands alone. */
  context: string
}

const longestContext = 300

/**
 * A follow-up is searched with what it refers to: the question before it stands in front. That is the last one that
 * itself does not lean on another, so a chain of follow-ups still knows its subject.
 */
export function complete(question: string, history: readonly Turn[]): Completed {
  const asked = history.filter((turn) => turn.role === 'user' && turn.content.trim() !== '')
  const previous = asked.at(-1)?.content.trim() ?? ''
  const context = previous.slice(0, longestContext)
  return context === '' ? { text: question, context } : { text: `${context} ${question}`, context }
}

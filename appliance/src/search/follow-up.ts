import { namedIn } from './named.ts'

export interface Turn {
  role: 'user' | 'assistant'
  content: string
}

export interface Completed {
  /** The question with what it refers to, as it is searched and shown. */
  text: string
  /** The earlier questions it was completed with; empty for a question that stands alone. */
  context: string
}

const longestContext = 300
/** A question that begins like this leans on the one before. */
const leaning =
  /^(?:那|这|它|他|她|其|该|此|如果|要是|另外|还有|然后|那么|而|但|并且|同样|上述|前面|刚才|and\b|what about|how about|then\b|also\b|but\b|so\b|if (?:it|they|so|not)\b|it\b|they\b|that\b|those\b|these\b|this\b)/i
const longestEllipsis = 14

/**
 * A follow-up is searched with what it refers to: the question before it stands in front, and where that one leans
 * on its predecessor in turn, the predecessor too. A question that names a place of its own, other than those of the
 * conversation, has changed the subject and stands alone.
 */
export function complete(question: string, history: readonly Turn[]): Completed {
  const asked = history.flatMap(({ role, content }) =>
    role === 'user' && content.trim() !== '' ? [content.trim()] : [],
  )
  const context: string[] = []
  for (const earlier of asked.reverse().slice(0, 2)) {
    context.unshift(earlier.slice(0, longestContext))
    if (!leans(earlier)) break
  }
  if (context.length === 0 || changesSubject(question, context.join(' ')))
    return { text: question, context: '' }
  return { text: [...context, question].join(' '), context: context.join(' ') }
}

function leans(question: string): boolean {
  return (
    leaning.test(question) || (namedIn(question).places.length === 0 && question.length <= longestEllipsis)
  )
}

function changesSubject(question: string, context: string): boolean {
  if (leaning.test(question.trim())) return false
  const own = namedIn(question).places
  const before = new Set(namedIn(context).places.flat())
  return own.length > 0 && before.size > 0 && own.every((names) => !names.some((name) => before.has(name)))
}

import type {
  Answer,
  AnswerEvent,
  Citation,
  ConversationRow,
  Filters,
  PlacedCitation,
  Reason,
} from '../model.ts'
import type { Box } from './box.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { place, say } from './language.ts'
import { type Output, safe } from './output.ts'

export interface AskOptions {
  question: string
  /** Go on with the latest conversation, or with this one. */
  continued: boolean
  conversation: string | undefined
  filters: Filters
}

/** Asks, shows the answer while it is written, and then what it is based on. */
export async function ask(
  box: Box,
  options: AskOptions,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const conversation = options.conversation ?? (options.continued ? await latestConversation(box) : undefined)
  const body = { question: options.question, filters: options.filters, ...(conversation && { conversation }) }
  const writer = output.interactive ? createWriter(output) : null
  let answer: Answer | null = null
  let failure: Reason | null = null
  let started: string | null = null
  try {
    for await (const { data } of box.events('/api/ask', body, signal)) {
      const event = data as AnswerEvent
      if (event.type === 'started') started = event.answer
      else if (event.type === 'done') answer = event.answer
      else if (event.type === 'failed') failure = event.reason
      else writer?.take(event)
    }
  } catch (error) {
    // Nobody reads on: the box need not write on.
    if (signal.aborted && started) await box.post(`/api/answers/${started}/stop`, {}).catch(() => {})
    throw error
  }
  if (output.json) output.document(answer ?? { error: failure })
  else if (answer) showAnswer(answer, output, writer !== null)
  if (failure) output.remark(failure[output.language])
  if (answer?.notice) output.remark(answer.notice[output.language])
  return answer && !failure ? exitCodeOf(answer) : exitCodes.failed
}

async function latestConversation(box: Box): Promise<string | undefined> {
  const { items } = await box.get<{ items: ConversationRow[] }>('/api/conversations')
  return items.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))[0]?.id
}

function exitCodeOf({ outcome }: Answer): ExitCode {
  if (outcome === 'answered') return exitCodes.ok
  return outcome === 'not-in-documents' ? exitCodes.notFound : exitCodes.failed
}

/** Writes the answer as it comes, each citation where it belongs. */
function createWriter(output: Output): { take(event: AnswerEvent): void } {
  let length = 0
  return {
    take(event) {
      if (event.type === 'delta') {
        output.write(safe(event.text))
        length += event.text.length
      } else if (event.type === 'citation' && event.citation.at === length) {
        output.write(output.dim(`[${event.citation.number}]`))
      } else if (event.type === 'restart') {
        output.line(`\n${output.dim(say(output.language, 'again'))}`)
        length = 0
      }
    },
  }
}

function showAnswer(answer: Answer, output: Output, written: boolean): void {
  const { language } = output
  if (!written) output.write(safe(withNumbers(answer.text, answer.citations)))
  output.line()
  if (answer.outcome === 'stopped') output.line(say(language, 'stopped'))
  if (answer.outcome === 'incomplete') output.line(say(language, 'incomplete'))
  if (answer.unsupported.length > 0) {
    output.line(`\n${say(language, 'unsupported')}`)
    for (const { start, end } of answer.unsupported)
      output.line(`  · ${safe(answer.text.slice(start, end).trim())}`)
  }
  if (answer.citations.length === 0) return
  output.line(`\n${output.bold(say(language, 'sources'))}`)
  for (const citation of onceEach(answer.citations)) showCitation(citation, output)
}

/** The text with `[n]` at every place that cites; from the end, so that offsets stay true. */
function withNumbers(text: string, citations: readonly PlacedCitation[]): string {
  return citations
    .toSorted((a, b) => b.at - a.at || b.number - a.number)
    .reduce((marked, { at, number }) => `${marked.slice(0, at)}[${number}]${marked.slice(at)}`, text)
}

/** A passage that is cited several times for the same words is listed once. */
function onceEach(citations: readonly Citation[]): Citation[] {
  const seen = new Map<string, Citation>()
  for (const citation of citations) {
    const key = `${citation.number} ${citation.quote}`
    if (!seen.has(key)) seen.set(key, citation)
  }
  return [...seen.values()].sort((a, b) => a.number - b.number)
}

function showCitation(citation: Citation, output: Output): void {
  const where = place(output.language, citation.locator, citation.headings)
  const name = output.bold(citation.source.path || citation.source.name)
  output.line(` [${citation.number}] ${name}${where && ` · ${safe(where)}`}`)
  output.line(`     ${output.dim(`“${citation.quote.replace(/\s+/g, ' ')}”`)}`)
}

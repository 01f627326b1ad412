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
import { duration } from './duration.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { place, say } from './language.ts'
import { type Output, oneLine, safe } from './output.ts'

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
  const { answer, failure } = await askBox(box, body, (event) => writer?.take(event), signal)
  if (output.json) output.document(answer ? documentOf(answer) : { error: failure })
  else if (answer) showAnswer(answer, output, writer !== null)
  if (failure) output.remark(failure[output.language])
  if (answer?.notice) output.remark(answer.notice[output.language])
  if (answer?.fallback && !output.json) output.remark(answer.fallback[output.language])
  return answer && !failure ? exitCodeOf(answer) : exitCodes.failed
}

/** For a program: what was answered, by whom, on what grounds. Not what was searched through and sent for it. */
function documentOf({ passages: _, receipt, ...answer }: Answer) {
  const { payload: __, ...sent } = receipt
  return { ...answer, receipt: sent }
}

/** One question to the box: every event as it comes, and in the end the answer or why there is none. */
export async function askBox(
  box: Box,
  body: { question: string; conversation?: string; filters?: Filters },
  onEvent: (event: AnswerEvent) => void,
  signal?: AbortSignal,
): Promise<{ answer: Answer | null; failure: Reason | null }> {
  let answer: Answer | null = null
  let failure: Reason | null = null
  let started: string | null = null
  try {
    for await (const { data } of box.events('/api/ask', body, signal)) {
      const event = data as AnswerEvent
      if (event.type === 'started') started = event.answer
      else if (event.type === 'done') answer = event.answer
      else if (event.type === 'failed') failure = event.reason
      onEvent(event)
    }
  } catch (error) {
    // Nobody reads on: the box need not write on.
    if (signal?.aborted && started) await box.post(`/api/answers/${started}/stop`, {}).catch(() => {})
    throw error
  }
  return { answer, failure }
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
      } else if (event.type === 'writing' && event.via === 'gateway') {
        output.progress(output.dim(`${oneLine(event.model)} · ${say(output.language, 'waiting')}`))
      } else if (event.type === 'waiting') {
        output.progress(output.dim(waitingText(event, output)))
      } else if (event.type === 'restart') {
        output.line(`\n${output.dim(say(output.language, 'again'))}`)
        length = 0
      }
    },
  }
}

function waitingText(event: Extract<AnswerEvent, { type: 'waiting' }>, { language }: Output): string {
  if (event.state === 'reasoning') return say(language, 'thinking')
  if (event.state === 'queued' && event.position) return `${say(language, 'queuedAt')} ${event.position}`
  return say(language, 'waiting')
}

/** Who wrote, and how long it took: until the first word, and in all. */
function showTimes({ via, model, timings }: Answer, output: Output): void {
  const { language } = output
  const parts = [via === 'gateway' ? oneLine(model) : say(language, 'byBox')]
  if (timings.firstTokenMs !== null)
    parts.push(`${say(language, 'firstWord')} ${duration(timings.firstTokenMs)}`)
  const total = duration(timings.totalMs)
  parts.push(language === 'zh' ? `${say('zh', 'inAll')} ${total}` : `${total} ${say('en', 'inAll')}`)
  output.line(`\n${output.dim(parts.join(' · '))}`)
}

/** The answer with its sources; `written`: its text stands there already. */
export function showAnswer(answer: Answer, output: Output, written: boolean): void {
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
  if (answer.citations.length > 0) {
    output.line(`\n${output.bold(say(language, 'sources'))}`)
    for (const source of bySource(answer.citations)) showSource(source, output)
  }
  if (answer.text !== '') showTimes(answer, output)
}

/** The text with `[n]` at every place that cites; from the end, so that offsets stay true. */
function withNumbers(text: string, citations: readonly PlacedCitation[]): string {
  return citations
    .toSorted((a, b) => b.at - a.at || b.number - a.number)
    .reduce((marked, { at, number }) => `${marked.slice(0, at)}[${number}]${marked.slice(at)}`, text)
}

/** Each passage once, in the order of the numbers, with every quote from it. */
function bySource(citations: readonly Citation[]): { citation: Citation; quotes: string[] }[] {
  const sources = new Map<number, { citation: Citation; quotes: Set<string> }>()
  for (const citation of citations) {
    const known = sources.get(citation.number) ?? { citation, quotes: new Set() }
    known.quotes.add(citation.quote.replace(/\s+/g, ' '))
    sources.set(citation.number, known)
  }
  return [...sources.values()]
    .sort((a, b) => a.citation.number - b.citation.number)
    .map(({ citation, quotes }) => ({ citation, quotes: [...quotes] }))
}

function showSource({ citation, quotes }: { citation: Citation; quotes: string[] }, output: Output): void {
  const where = place(output.language, citation.locator, citation.headings)
  const name = output.bold(oneLine(citation.source.path || citation.source.name))
  output.line(` [${citation.number}] ${name}${where && ` · ${oneLine(where)}`}`)
  for (const quote of quotes) output.line(`     ${output.dim(`“${quote}”`)}`)
}

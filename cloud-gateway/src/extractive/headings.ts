/** Which quotes state nothing: headings, and questions that a document asks itself. */
import type { Quote } from './sentences.ts'

const verb =
  /不|应|须|需|可|是|为|由|有|按|给予|负责|属于|达|\b(?:is|are|was|were|has|have|had|does?|did|may|must|shall|can|will|should|not|no|per|to)\b/iu
const figure = /\p{Nd}|[〇零一二两三四五六七八九十百千万亿](?=[个年月日天级类档次家项倍成吨度元份])/u
const closed = /[。；;:：！？!?.，,)）]$/u

/** A short line without an end: a heading, a caption, a name. */
export function isLabel({ text, kind }: Quote): boolean {
  return kind === 'sentence' && text.length < 40 && !closed.test(text)
}

/** The quotes that can be an answer; all of them where there is nothing else. */
export function statements(
  quotes: readonly Quote[],
  passages: readonly { title: string; where: string }[],
): Quote[] {
  const stating = quotes.filter((quote, at) => {
    if (quote.kind === 'row') return true
    if (/[？?][”’"'」』）)\]】]*$/u.test(quote.text)) return false
    return !isHeading(quote, quotes[at - 1], quotes[at + 1], passages[quote.passage]!)
  })
  return stating.length > 0 ? stating : [...quotes]
}

/** Bare lines one after another are a list without marks, and answer; a heading stands alone above sentences. */
function isHeading(
  quote: Quote,
  before: Quote | undefined,
  after: Quote | undefined,
  { title, where }: { title: string; where: string },
): boolean {
  if (!isLabel(quote) || quote.leadIn !== null || figure.test(quote.text)) return false
  if (quote.text === title.trim() || where.split(/\s*[›·]\s*/u).includes(quote.text)) return true
  const inPassage = (other: Quote | undefined) => other?.passage === quote.passage
  const opens = !inPassage(before) || closed.test(before!.text)
  const introduced = inPassage(before) && /[:：]$/u.test(before!.text)
  const heads =
    inPassage(after) && [closed, figure, verb].some((sign) => after!.kind === 'row' || sign.test(after!.text))
  return opens && !introduced && heads && !/[，,、:：]/u.test(quote.text) && !verb.test(quote.text)
}

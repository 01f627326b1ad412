import type { Box } from '../../appliance/src/cli/box.ts'
import type { Answer, Citation } from '../../appliance/src/model.ts'
import { radicals } from '../../appliance/src/passages/radicals.ts'
import type { DemoQuestion } from './questions.ts'

/** What is wrong with an answer; empty when nothing is. */
export async function problemsOf(box: Box, answer: Answer, { expect }: DemoQuestion): Promise<string[]> {
  const problems: string[] = []
  if (expect === null) {
    if (answer.outcome !== 'not-in-documents') problems.push(`expected a refusal, got "${answer.outcome}"`)
    return problems
  }
  if (answer.outcome !== 'answered') problems.push(`expected an answer, got "${answer.outcome}"`)
  if (answer.citations.length === 0) problems.push('it cites nothing')
  for (const citation of answer.citations) {
    if (!(await opens(box, citation)))
      problems.push(`citation [${citation.number}] does not open at “${citation.quote}”`)
  }
  if (!bare(answer.text).includes(bare(expect.words)))
    problems.push(`the answer does not say "${expect.words}"`)
  const says = answer.passages.filter(({ text }) => bare(text).includes(bare(expect.words)))
  const right = answer.citations.filter(({ source }) => source.name === expect.file)
  if (!right.some(({ number }) => says.some((sent) => sent.number === number))) {
    problems.push(`no citation from ${expect.file} says "${expect.words}"`)
  }
  return problems
}

/** Whether the words stand in the original where the citation says: the text of its units at its spans. */
async function opens(box: Box, { source, spans, quote }: Citation): Promise<boolean> {
  let found = ''
  for (const { unit, start, end } of spans) {
    const { text } = await box.get<{ text: string }>(`/api/documents/${source.id}/units/${unit}`)
    found += text.slice(start, end)
  }
  return bare(found) !== '' && bare(found) === bare(quote)
}

/** Quotes are normalised text with lines joined; originals are not, and PDFs made by browsers carry radicals. */
function bare(text: string): string {
  const characters = Array.from(text, (character) => radicals.get(character) ?? character)
  return characters.join('').normalize('NFKC').replace(/\s+/g, '')
}

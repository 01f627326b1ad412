import type { Filters, Hit } from '../model.ts'
import type { Box } from './box.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { place, say } from './language.ts'
import { type Output, oneLine, safe } from './output.ts'
import { fit } from './wide-text.ts'

export interface SearchOptions {
  query: string
  limit: number
  filters: Filters
}

interface SearchAnswer {
  hits: Hit[]
  searched: string
  tookMs: number
}

/** Lists the passages that fit a query, each with the reasons why. */
export async function search(
  box: Box,
  options: SearchOptions,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { query, limit, filters } = options
  const answer = await box.post<SearchAnswer>('/api/search', { query, limit, filters }, signal)
  if (output.json) output.document(answer)
  else if (answer.hits.length === 0) output.line(say(output.language, 'noHits'))
  else for (const [index, hit] of answer.hits.entries()) showHit(index + 1, hit, output)
  return answer.hits.length > 0 ? exitCodes.ok : exitCodes.notFound
}

const linesOfText = 3

function showHit(rank: number, hit: Hit, output: Output): void {
  const { language } = output
  const where = place(language, hit.passage.locator, hit.passage.headings)
  output.line(
    `${rank}. ${output.bold(oneLine(hit.source.path || hit.source.name))}${where && ` · ${oneLine(where)}`}`,
  )
  const text = safe(hit.passage.text).replace(/\s+/g, ' ')
  output.line(`   ${fit(text, (output.columns - 4) * linesOfText)}`)
  output.line(`   ${output.dim(reasons(hit, output))}\n`)
}

function reasons({ score, why }: Hit, { language }: Output): string {
  const methods = [
    { name: say(language, 'words'), found: why.words },
    { name: say(language, 'vectors'), found: why.vectors },
  ]
  const told = methods.map(({ name, found }) =>
    found ? `${name} #${found.rank} ${found.score.toFixed(3)}` : `${name} –`,
  )
  return [score.toFixed(3), ...told].join(' · ')
}

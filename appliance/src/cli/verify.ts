import type { LedgerCheck } from '../ledger/check.ts'
import type { Box } from './box.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { say } from './language.ts'
import { type Output, safe } from './output.ts'

/** Has the whole ledger checked and says what was checked. */
export async function verify(box: Box, output: Output, signal: AbortSignal): Promise<ExitCode> {
  const check = await box.post<LedgerCheck>('/api/ledger/verify', {}, signal)
  if (output.json) output.document(check)
  else show(check, output)
  return check.ok ? exitCodes.ok : exitCodes.failed
}

function show({ ok, entries, head, contents, checked, problem }: LedgerCheck, output: Output): void {
  const { language } = output
  output.line(output.bold(say(language, ok ? 'verified' : 'damaged')))
  if (problem) output.line(`  ${say(language, 'atEntry')} ${problem.seq}: ${safe(problem.what)}`)
  const opened = `${contents.opened} ${say(language, 'contents')}`
  const rest = `${contents.erased} ${say(language, 'erased')}, ${contents.foreign} ${say(language, 'foreign')}`
  output.line(`  ${entries} ${say(language, 'entries')}; ${opened} (${rest})`)
  output.line(`  ${say(language, 'head')}: ${head}`)
  output.line(`  ${say(language, 'checked')}: ${checked.join(', ')}`)
}

import type { TargetStatus } from '../../routing/router.ts'
import type { ModelsAnswer } from '../admin-server-socket.ts'
import { failureText } from '../failure-text.ts'
import type { StatusReport } from '../status-report.ts'
import { type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { type Language, say, type TextName } from './language.ts'
import { padEnd, table } from './table.ts'

/** Models of the running gateway, each asked just now, and why it failed last. */
export const models: Command = async ({ gateway, output, language }) => {
  const { targets } = await gateway().get<ModelsAnswer>('/models')
  if (output.json) output.document({ targets })
  else
    for (const line of [...tableOf(targets, language, output.columns), ...failuresOf(targets, language)])
      output.line(line)
  return exitCodes.ok
}

/** How the running gateway is. */
export const status: Command = async ({ gateway, output, language }) => {
  const report = await gateway().get<StatusReport>('/state')
  if (output.json) output.document(report)
  else
    for (const [name, value] of rowsOf(report, language))
      output.line(`${padEnd(say(language, name), 22)}${value}`)
  return exitCodes.ok
}

/** Has the running gateway take nothing new. */
export const drain: Command = async (surround) => {
  const answer = await surround.gateway().post('/drain')
  if (surround.output.json) surround.output.document(answer)
  else tell(surround, 'drainAsked')
  return exitCodes.ok
}

function failuresOf(targets: readonly TargetStatus[], language: Language): string[] {
  return targets.flatMap(({ name, lastFailure: code }) => {
    if (code === null) return []
    const sentence = failureText(code, language)
    const both = language === 'zh' ? `${sentence}（${code}）` : `${sentence} (${code})`
    return [say(language, 'lastFailure', name, sentence === '' ? code : both)]
  })
}

function tableOf(targets: readonly TargetStatus[], language: Language, room: number): string[] {
  const t = (name: TextName) => say(language, name)
  const columns = [
    { title: t('target'), most: 16 },
    { title: t('model'), most: 24 },
    { title: t('aliases'), most: 14 },
    { title: t('state'), most: 9 },
    { title: t('running'), most: 7, align: 'right' as const },
    { title: t('queued'), most: 5, align: 'right' as const },
  ]
  const rows = targets.map(({ name, model, aliases, running, concurrency, queued, ...how }) => [
    ...[name, model, aliases.join(',')],
    ...[t(stateOf(how)), `${running}/${concurrency}`, String(queued)],
  ])
  return table(columns, rows, room)
}

function stateOf({ circuit, healthy }: Pick<TargetStatus, 'circuit' | 'healthy'>): TextName {
  if (circuit !== 'closed') return circuit
  return healthy === null ? 'unchecked' : healthy ? 'healthy' : 'unhealthy'
}

function rowsOf(
  { name, version, state, upMs, memory, today }: StatusReport,
  language: Language,
): [TextName, string][] {
  const tokens = today && today.promptTokens + today.completionTokens
  const used = today
    ? say(language, 'todayIs', today.answers, tokens ?? 0, today.estimatedTokens)
    : say(language, 'unknown')
  return [
    ['name', name],
    ['version', version],
    ['gatewayState', say(language, state.status)],
    ['since', say(language, 'upFor', Math.floor(upMs / 3_600_000), Math.floor((upMs / 60_000) % 60))],
    ['connections', String(state.connections)],
    ['handshakes', String(state.handshakes)],
    ['answersRunning', String(state.running)],
    ['detached', String(state.detachedAnswers)],
    ['heldBytes', `${Math.ceil(state.heldBytes / 1024)} KiB`],
    ['memory', `${Math.ceil(memory.rssBytes / 1024 / 1024)} MiB`],
    ['todayTokens', used],
  ]
}

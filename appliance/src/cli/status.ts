import type { BoxStatus } from '../model.ts'
import type { Box } from './box.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { type Language, say, type TextName } from './language.ts'
import { type Output, safe } from './output.ts'
import { padEnd } from './wide-text.ts'

const MiB = 1024 * 1024

/** How the box is. */
export async function status(box: Box, output: Output, signal: AbortSignal): Promise<ExitCode> {
  const state = await box.get<BoxStatus>('/api/status', signal)
  if (output.json) output.document(state)
  else for (const [label, value] of rowsOf(state, output)) output.line(`${padEnd(label, 18)}${safe(value)}`)
  return exitCodes.ok
}

function gatewayText(
  { state, model, problem }: BoxStatus['services']['gateway'],
  language: Language,
): string {
  const said = say(language, state)
  if (problem) return `${said} · ${problem[language]}`
  return model ? `${said} · ${model}` : said
}

function rowsOf(state: BoxStatus, { language }: Output): [string, string][] {
  const t = (name: TextName) => say(language, name)
  const { counts, progress, services, index, model } = state
  const documents = (['ready', 'queued', 'failed', 'offline'] as const)
    .filter((name) => name === 'ready' || counts[name] > 0)
    .map((name) => `${t(name)} ${counts[name]}`)
  const busy = progress.done < progress.total
  const { gateway, ledger } = services
  return [
    [t('version'), state.version],
    [t('since'), new Date(state.startedAt).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB')],
    [t('documents'), `${counts.documents} (${documents.join(', ')})`],
    [t('passages'), String(counts.passages)],
    [t('progress'), busy ? `${progress.done}/${progress.total} ${progress.current[0] ?? ''}` : t('idle')],
    [t('gateway'), gatewayText(gateway, language)],
    [
      t('ledger'),
      `${t(ledger.state)} · ${t('entries')} ${ledger.size ?? '?'} · ${t('pending')} ${ledger.pending}`,
    ],
    [t('index'), `${index.backend} · ${index.passages}`],
    [t('model'), `${model.id} · ${model.dimension}`],
    [t('dropFolder'), state.dropFolder],
    [t('memory'), `${Math.round(state.memory / MiB)} MiB`],
  ]
}

import type { GatewayStatus } from '../model.ts'
import type { Box } from './box.ts'
import { duration } from './duration.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { say, type TextName } from './language.ts'
import { type Output, safe } from './output.ts'
import { padEnd } from './wide-text.ts'

/** How the running box and its cloud gateway stand. */
export async function showGateway(box: Box, output: Output, signal: AbortSignal): Promise<ExitCode> {
  const status = await box.get<GatewayStatus>('/api/gateway', signal)
  if (output.json) output.document(status)
  else for (const [label, value] of rowsOf(status, output)) output.line(`${padEnd(label, 18)}${safe(value)}`)
  if (!output.json && status.problem) output.remark(status.problem[output.language])
  return status.problem ? exitCodes.failed : exitCodes.ok
}

/** Changes the key that the gateway knows the running box by. */
export async function rotateKey(box: Box, output: Output, signal: AbortSignal): Promise<ExitCode> {
  const changed = await box.post<{ key: string }>('/api/gateway/rotate', {}, signal)
  if (output.json) output.document(changed)
  else output.line(`${say(output.language, 'rotated')}: ${safe(changed.key)}`)
  return exitCodes.ok
}

function rowsOf(status: GatewayStatus, { language }: Output): [string, string][] {
  const t = (name: TextName) => say(language, name)
  if (status.state === 'off') return [[t('state'), t('off')]]
  const { models, model, firstTokenMs } = status
  const who: [string, string][] = [
    [t('state'), t(status.state)],
    [t('gateway'), status.name],
    [t('address'), status.url],
    [t('boxId'), status.box],
    [t('key'), status.key],
  ]
  if (status.state === 'revoked') return who
  const offered = models.length > 0 || status.quota !== null
  // The gateway may have changed it meanwhile.
  const then = offered && status.state !== 'connected' ? ` (${t('whenConnected')})` : ''
  return [
    ...who,
    [t('models'), `${models.join(', ') || '?'} (${t('asksFor')} ${model})${then}`],
    [t('quota'), `${quotaText(status.quota, t)}${then}`],
    [t('firstTokenMs'), firstTokenMs === null ? t('noneYet') : duration(firstTokenMs)],
  ]
}

function quotaText(quota: GatewayStatus['quota'], t: (name: TextName) => string): string {
  if (quota === null) return '?'
  const tokens = (count: number | null) =>
    count === null ? t('noLimit') : `${count.toLocaleString('en')} tokens`
  return [
    `${t('perMinute')} ${tokens(quota.tokensPerMinute)}`,
    `${t('perDay')} ${tokens(quota.tokensPerDay)}`,
    `${t('atATime')} ${quota.streams}`,
  ].join(' · ')
}

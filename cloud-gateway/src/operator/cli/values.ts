import { limits, type Quota } from '../../protocol.ts'
import { UsageError, type Values } from './options.ts'

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const longestMs = 30 * unitMs.d
const mostTokens = 1_000_000_000_000
const most = mostTokens.toLocaleString('en')

/** "30m", "24h", "7d" in milliseconds. @throws UsageError */
export function durationOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const ms = Number(count) * unitMs[unit as keyof typeof unitMs]
  if (!(ms >= unitMs.m && ms <= longestMs)) throw new UsageError(['badTime'])
  return ms
}

/** A UTC day, as it was written. @throws UsageError */
export function dayOf(option: 'from' | 'to', text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : null
  if (!date || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text)
    throw new UsageError(['badDay', option])
  return text
}

/** What the options change about a quota. @throws UsageError */
export function quotaOf(values: Values, before: Quota): Quota {
  return {
    tokensPerMinute: limitOf('tokens-per-minute', values, before.tokensPerMinute),
    tokensPerDay: limitOf('tokens-per-day', values, before.tokensPerDay),
    streams: streamsOf(values.streams, before.streams),
  }
}

export const changesQuota = (values: Values) =>
  values['tokens-per-minute'] !== undefined ||
  values['tokens-per-day'] !== undefined ||
  values.streams !== undefined

function limitOf(
  option: 'tokens-per-minute' | 'tokens-per-day',
  values: Values,
  before: number | null,
): number | null {
  const text = values[option]
  if (text === undefined) return before
  if (text === 'none') return null
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count < 1 || count > mostTokens) throw new UsageError(['badLimit', option, most, text])
  return count
}

function streamsOf(text: string | undefined, before: number): number {
  if (text === undefined) return before
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count < 1 || count > limits.inFlight)
    throw new UsageError(['badNumber', 'streams', 1, limits.inFlight, text])
  return count
}

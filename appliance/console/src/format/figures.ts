import type { Language } from '../i18n/use-language.ts'

const tags: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' }

/** Bytes as people say them: 1.2 MB. Powers of 1000, one decimal below 10. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

export function countText(count: number, language: Language): string {
  return count.toLocaleString(tags[language])
}

/** Day and minute in the reader's time zone. */
export function timeText(time: string, language: Language): string {
  return new Date(time).toLocaleString(tags[language], { dateStyle: 'medium', timeStyle: 'short' })
}

/** Milliseconds as people say them: 85 ms, 1.4 s. */
export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

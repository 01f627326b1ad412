/** The status page: one HTML document, made anew for each request, without anything from elsewhere. */
import type { TargetStatus } from '../routing/router.ts'
import { failureText } from './failure-text.ts'
import { pageScript, pageStyle } from './status-page-assets.ts'
import { type PageLanguage, type PageWords, pageWords } from './status-page-words.ts'
import type { StatusReport } from './status-report.ts'

/** By `?lang=`, else by what the browser prefers; Chinese where it says nothing. */
export function pageLanguage(asked: string | null, accepted: string | undefined): PageLanguage {
  if (asked === 'zh' || asked === 'en') return asked
  const ranked = (accepted ?? '')
    .split(',')
    .map((each) => {
      const [tag = '', ...parameters] = each.trim().toLowerCase().split(';')
      const quality = parameters.map((part) => /^\s*q=([\d.]+)$/.exec(part)?.[1]).find((q) => q !== undefined)
      return { language: tag.split('-')[0], quality: Number(quality ?? 1) }
    })
    .filter(({ language, quality }) => (language === 'zh' || language === 'en') && quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
  return ranked[0]?.language === 'en' ? 'en' : 'zh'
}

export function statusPage(report: StatusReport, language: PageLanguage): string {
  const words = pageWords[language]
  const other = language === 'zh' ? 'en' : 'zh'
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(`${words.title} · ${report.name}`)}</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${words.title}</h1>
<span class="muted">${escaped(report.name)} · ${escaped(report.version)}</span>
<div class="side">
<button type="button" hidden data-pause="${words.pause}" data-go-on="${words.goOn}">${words.pause}</button>
<a href="/?lang=${other}" lang="${other === 'zh' ? 'zh-CN' : 'en'}" hreflang="${other}">${words.otherLanguage}</a>
</div>
</header>
<p role="status" class="muted" data-stale="${words.stale}"></p>
<main>
${main(report, words, numbersOf(language), language)}
</main>
<script>${pageScript}</script>
</body>
</html>
`
}

function main(report: StatusReport, words: PageWords, numbers: Numbers, language: PageLanguage): string {
  const { state, recent, today, memory, targets } = report
  const { count, bytes, seconds } = numbers
  const time = new Date(report.now).toISOString()
  return `<p>${mark(words.states[state.status], state.status === 'ok' ? 'good' : 'warn')}
<span class="muted">${words.up(numbers.duration(report.upMs))} · ${words.asOf}
<time datetime="${time}">${time.slice(11, 19)}</time> ${words.utc}</span></p>
<div class="cards">
${card(words.boxes, '', [
  [words.connections, count(state.connections)],
  [words.handshakes, count(state.handshakes)],
  [words.running, count(state.running)],
  [words.detached, count(state.detachedAnswers)],
])}
${card(words.speed, words.lastMinutes(recent.minutes), [
  [words.firstTokenP50, seconds(recent.firstTokenP50Ms)],
  [words.firstTokenP95, seconds(recent.firstTokenP95Ms)],
  [words.recentAnswers, count(recent.answers)],
  [words.recentFailed, count(recent.failed)],
])}
${
  today === null
    ? `<section><h2>${words.day}</h2><p>${words.accountsAway}</p></section>`
    : card(words.day, `${today.day} ${words.utc}`, [
        [words.answersToday, count(today.answers)],
        [words.promptTokens, count(today.promptTokens)],
        [words.completionTokens, count(today.completionTokens)],
        [words.estimatedTokens, count(today.estimatedTokens)],
      ])
}
${card(words.memory, '', [
  [words.resident, bytes(memory.rssBytes)],
  [words.heap, bytes(memory.heapBytes)],
  [words.held, bytes(state.heldBytes)],
  [words.detachedBytes, bytes(state.detachedBytes)],
])}
</div>
<section>
<h2>${words.targets}</h2>
${targets.length === 0 ? `<p>${words.noTargets}</p>` : table(targets, words, numbers, language)}
</section>`
}

function card(title: string, note: string, rows: [term: string, value: string][]): string {
  const list = rows.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('\n')
  const small = note === '' ? '' : ` <small>${note}</small>`
  return `<section><h2>${title}${small}</h2><dl>${list}</dl></section>`
}

function table(
  targets: readonly TargetStatus[],
  words: PageWords,
  numbers: Numbers,
  language: PageLanguage,
): string {
  const { columns } = words
  const head = Object.entries(columns)
    .map(([name, label]) => `<th scope="col"${isNumber(name) ? ' class="number"' : ''}>${label}</th>`)
    .join('')
  return `<table><thead><tr>${head}</tr></thead><tbody>
${targets.map((target) => row(target, words, numbers, language)).join('\n')}
</tbody></table>`
}

function row(target: TargetStatus, words: PageWords, { count }: Numbers, language: PageLanguage): string {
  const { columns, circuits } = words
  const circuit = { closed: 'good', open: 'bad', 'half-open': 'warn' }[target.circuit]
  const health =
    target.healthy === null
      ? mark(words.unknown, 'plain')
      : mark(target.healthy ? words.healthy : words.unhealthy, target.healthy ? 'good' : 'bad')
  const cell = (name: keyof typeof columns, content: string) =>
    `<td data-label="${columns[name]}"${isNumber(name) ? ' class="number"' : ''}>${content}</td>`
  return `<tr><th scope="row">${escaped(target.name)}<small>${escaped(target.model)}</small></th>${[
    cell('aliases', escaped(target.aliases.join(', ')) || '–'),
    cell('circuit', mark(circuits[target.circuit], circuit)),
    cell('health', health),
    cell('running', `${count(target.running)} / ${count(target.concurrency)}`),
    cell('queued', count(target.queued)),
    cell('failure', failureOf(target, language)),
  ].join('')}</tr>`
}

function failureOf({ lastFailure: code }: TargetStatus, language: PageLanguage): string {
  if (code === null) return '–'
  return `${escaped(failureText(code, language))} <code>${escaped(code)}</code>`.trim()
}

const isNumber = (column: string) => column === 'running' || column === 'queued'
const mark = (text: string, kind: string) => `<span class="mark ${kind}">${text}</span>`

interface Numbers {
  count(value: number): string
  bytes(value: number): string
  seconds(ms: number | null): string
  duration(ms: number): string
}

function numbersOf(language: PageLanguage): Numbers {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB'
  const whole = new Intl.NumberFormat(locale)
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const hundredths = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const units = language === 'zh' ? [' 天', ' 小时', ' 分钟', ' 秒'] : [' d', ' h', ' min', ' s']
  return {
    count: (value) => whole.format(value),
    bytes(value) {
      if (value < 1024) return `${whole.format(value)} B`
      if (value < 1024 ** 2) return `${tenths.format(value / 1024)} KiB`
      return `${tenths.format(value / 1024 ** 2)} MiB`
    },
    seconds: (ms) => (ms === null ? '–' : `${hundredths.format(ms / 1000)} s`),
    duration(ms) {
      const total = Math.floor(ms / 1000)
      const parts = [
        Math.floor(total / 86_400),
        Math.floor(total / 3600) % 24,
        Math.floor(total / 60) % 60,
        total % 60,
      ]
      const first = Math.max(0, Math.min(3, parts.findIndex((part) => part > 0) >>> 0))
      return parts
        .slice(first, first + 2)
        .map((part, at) => `${part}${units[first + at]}`)
        .join(' ')
    },
  }
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!)

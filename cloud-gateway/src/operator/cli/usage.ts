import type { UsageRow } from '../../accounts/accounts.ts'
import { accountOf, type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { type Language, say, type TextName } from './language.ts'
import { count, millionths } from './numbers.ts'
import { UsageError } from './options.ts'
import { table } from './table.ts'
import { dayOf } from './values.ts'

type Sums = Omit<UsageRow, 'box' | 'day' | 'target'>

/** What was used: summed by box or by day for a person, every row for programs. */
export const usage: Command = async (surround) => {
  const { values, output, language } = surround
  const by = values.by ?? (values.box === undefined ? 'box' : 'day')
  if (by !== 'box' && by !== 'day') throw new UsageError(['byIs'])
  if (values.csv && output.json) throw new UsageError(['csvOrJson'])
  const [fromDay, toDay] = [dayOf('from', values.from), dayOf('to', values.to)]
  if (fromDay !== undefined && toDay !== undefined && fromDay > toDay) throw new UsageError(['badRange'])
  const { currency } = surround.config()
  const accounts = await surround.accounts()
  // Somebody who mistyped an id shall not read that nothing was used.
  const box = values.box === undefined ? undefined : (await accountOf(accounts, values.box)).box
  const rows = await accounts.usage({
    ...(box !== undefined && { box }),
    ...(fromDay !== undefined && { fromDay }),
    ...(toDay !== undefined && { toDay }),
  })
  if (output.json) output.document(rows.map((row) => documentOf(row, currency)))
  else if (values.csv) output.write(csv(rows.map((row) => documentOf(row, currency))))
  else if (rows.length === 0) tell(surround, 'noUsage')
  else {
    tell(surround, 'usageFrom', fromDay ?? say(language, 'theBeginning'), toDay ?? say(language, 'today'))
    for (const line of tableOf(rows, { by, language, currency, room: output.columns })) output.line(line)
  }
  return exitCodes.ok
}

interface Look {
  by: 'box' | 'day'
  language: Language
  currency: string
  room: number
}

function tableOf(rows: readonly UsageRow[], { by, language, currency, room }: Look): string[] {
  const t = (name: TextName) => say(language, name)
  const right = (name: TextName, most: number) => ({ title: t(name), most, align: 'right' as const })
  const columns = [
    { title: t(by), most: 63 },
    { title: t('target'), most: 12 },
    right('answers', 7),
    right('exact', 11),
    right('estimated', 9),
    { ...right('cost', 8), title: `${t('cost')} ${currency}`.trim() },
    right('energy', 7),
  ]
  const groups = new Map<string, { names: [string, string]; sums: Sums }>()
  for (const row of rows) {
    const names: [string, string] = [row[by], row.target]
    const key = JSON.stringify(names)
    const group = groups.get(key)
    groups.set(key, { names, sums: group ? added(group.sums, row) : row })
  }
  const sorted = [...groups.values()].sort((a, b) => (a.names.join(' ') < b.names.join(' ') ? -1 : 1))
  const lines = sorted.map(({ names, sums }) => [...names, ...cellsOf(sums)])
  const total = rows.reduce<Sums>(added, nothing)
  return table(columns, lines.length > 1 ? [...lines, [t('total'), '', ...cellsOf(total)]] : lines, room)
}

const nothing: Sums = {
  ...{ answers: 0, promptTokens: 0, completionTokens: 0, estimatedTokens: 0 },
  ...{ cost: 0, energyMicroWattHours: 0 },
}

function added(a: Sums, b: Sums): Sums {
  return {
    answers: a.answers + b.answers,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    estimatedTokens: a.estimatedTokens + b.estimatedTokens,
    cost: a.cost + b.cost,
    energyMicroWattHours: a.energyMicroWattHours + b.energyMicroWattHours,
  }
}

function cellsOf(sums: Sums): string[] {
  const exact = sums.promptTokens + sums.completionTokens - sums.estimatedTokens
  return [
    count(sums.answers, 7),
    count(exact, 11),
    count(sums.estimatedTokens, 9),
    millionths(sums.cost, 8),
    millionths(sums.energyMicroWattHours, 7),
  ]
}

/** For programs: numbers are whole, and each name says its unit. */
function documentOf({ cost, energyMicroWattHours, ...row }: UsageRow, currency: string) {
  return { ...row, costMillionths: cost, currency, energyMicroWattHours }
}

/** RFC 4180. */
function csv(rows: readonly ReturnType<typeof documentOf>[]): string {
  const names = [
    ...(['day', 'box', 'target', 'answers', 'promptTokens', 'completionTokens'] as const),
    ...(['estimatedTokens', 'costMillionths', 'currency', 'energyMicroWattHours'] as const),
  ]
  const lines = rows.map((row) => names.map((name) => field(row[name])).join(','))
  return [names.join(','), ...lines].map((line) => `${line}\r\n`).join('')
}

/** A spreadsheet must not take a name for a formula. */
function field(value: string | number): string {
  const text = String(value).replace(/^(?=[=+\-@\t\r])/, typeof value === 'string' ? "'" : '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

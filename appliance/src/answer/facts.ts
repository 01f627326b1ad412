import { foldName, holdsName, namesIn } from './names.ts'
import { readChineseNumeral } from './numerals.ts'
import { foldFigures, type Quantity, quantitiesIn } from './quantities.ts'

/** What a sentence says that its source must say too. */
export type Fact =
  | { kind: 'quantity'; quantity: Quantity }
  /** `3-31` for 31 March; its year, where given, is a quantity of its own. */
  | { kind: 'date'; day: string }
  /** `3:7`; times of day look the same. */
  | { kind: 'ratio'; ratio: string }
  | { kind: 'name'; name: string }

/** A source's text made ready for looking up facts. */
export interface Grounds {
  text: string
  folded: string
  quantities: Quantity[]
  days: ReadonlySet<string>
  ratios: ReadonlySet<string>
}

/** The facts of a sentence of an answer. */
export function factsIn(sentence: string): Fact[] {
  const text = foldFigures(sentence)
  const dates = datesIn(text)
  const ratios = [...text.matchAll(ratioPattern)]
  let rest = text
  for (const { start, end } of [...dates, ...ratios.map(stretchOf)])
    rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end)
  return [
    ...dates.flatMap(({ days, year }) => [
      ...days.map((day): Fact => ({ kind: 'date', day })),
      ...(year === null ? [] : quantitiesIn(`${year}年`).map(toFact)),
    ]),
    ...ratios.map((match): Fact => ({ kind: 'ratio', ratio: ratioOf(match) })),
    ...quantitiesIn(rest)
      .filter(({ casual }) => !casual)
      .map(toFact),
    ...namesIn(sentence).map((name): Fact => ({ kind: 'name', name })),
  ]
}

export function groundsOf(text: string): Grounds {
  const figures = foldFigures(text)
  return {
    text,
    folded: foldName(text),
    quantities: readings(figures).flatMap(quantitiesIn),
    days: new Set(datesIn(figures).flatMap(({ days }) => days)),
    ratios: new Set([...figures.matchAll(ratioPattern)].map(ratioOf)),
  }
}

/**
 * A source may be read in more than one way: NFKC turned Chinese commas into ASCII ones, so `100,200` is one number
 * or two; and PDFs tear decimals apart (`0. 75`, `0.9 8`).
 */
function readings(figures: string): string[] {
  const parted = figures.replaceAll(',', ' ')
  const mended = figures.replace(/(?<=\d)\s?\.\s?(?=\d)/gu, '.').replace(/(?<=\d\.\d+)\s(?=\d)/gu, '')
  return [...new Set([figures, parted, mended])]
}

export function holds(grounds: Grounds, fact: Fact): boolean {
  switch (fact.kind) {
    case 'date':
      return grounds.days.has(fact.day)
    case 'ratio':
      return grounds.ratios.has(fact.ratio)
    case 'name':
      return holdsName(grounds.folded, fact.name)
    case 'quantity':
      return grounds.quantities.some((held) => sameQuantity(fact.quantity, held, grounds.text))
  }
}

/**
 * Equal numbers in one unit, or where one of them names none. A bare cell `200` holds `200万元` when its table says
 * 万元 somewhere else, and then it does not hold `200元`.
 */
function sameQuantity(said: Quantity, held: Quantity, text: string): boolean {
  const bareCell = held.unitText === '' && said.unitText !== ''
  if (bareCell && (said.shift !== 0 || said.unit === '%' || said.unit === '‰'))
    return (
      said.bare === held.bare &&
      text.includes(said.unit === '%' || said.unit === '‰' ? said.unit : said.unitText)
    )
  if (bareCell && isOnlyScaled(text, said.unitText)) return false
  const sameUnit = said.unit === held.unit || said.unit === '' || held.unit === ''
  return sameUnit && said.values.some((value) => held.values.includes(value))
}

/** Whether a text names a unit, and only as 万元, 亿元, … */
function isOnlyScaled(text: string, unit: string): boolean {
  const places = text.split(unit).slice(0, -1)
  return places.length > 0 && places.every((before) => /[百千万亿]$/.test(before))
}

const toFact = (quantity: Quantity): Fact => ({ kind: 'quantity', quantity })

const ratioPattern = /(?<![\d.])(\d+(?:\.\d+)?)\s?[:：]\s?(\d+(?:\.\d+)?)(?:\s?[:：]\s?(\d+(?:\.\d+)?))?/gu
const ratioOf = ([, ...parts]: RegExpMatchArray) => parts.filter((part) => part !== undefined).join(':')
const stretchOf = ({ index, 0: { length } }: RegExpMatchArray) => ({ start: index!, end: index! + length })

interface DateFound {
  start: number
  end: number
  /** `month-day`, both ends of a range. */
  days: string[]
  year: string | null
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthName = `(?<name>${months.join('|')})[a-z]*\\.?`
const number = '(?:\\d{1,2}|[一二三四五六七八九十]{1,3})'
const datePatterns = [
  `(?:(?<year>\\d{4})\\s?年\\s?)?(?<month>${number})\\s?月\\s?(?<day>${number})\\s?(?:[日号](?:\\s?(?:至|到|[-–—~～])\\s?(?<until>${number})\\s?[日号])?|(?:至|到|[-–—~～])\\s?(?<until>${number})\\s?[日号])`,
  '(?<!\\d)(?<year>\\d{4})[-/.](?<month>\\d{1,2})[-/.](?<day>\\d{1,2})(?!\\d)',
  `\\b${monthName}\\s+(?<day>\\d{1,2})(?:st|nd|rd|th)?(?![\\d])(?:,?\\s+(?<year>\\d{4}))?`,
  `\\b(?<day>\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?${monthName}(?:,?\\s+(?<year>\\d{4}))?`,
].map((pattern) => new RegExp(pattern, 'giu'))

function datesIn(text: string): DateFound[] {
  return datePatterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const { year, month, name, day, until } = match.groups!
      const ofYear = name === undefined ? smallNumber(month!) : months.indexOf(name.toLowerCase()) + 1
      const days = [day, until].filter((one) => one !== undefined).map(smallNumber)
      if (ofYear < 1 || ofYear > 12 || days.some((one) => one < 1 || one > 31)) return []
      return [{ ...stretchOf(match), days: days.map((one) => `${ofYear}-${one}`), year: year ?? null }]
    }),
  )
}

function smallNumber(text: string): number {
  return Number(/\d/.test(text) ? text : readChineseNumeral(text))
}

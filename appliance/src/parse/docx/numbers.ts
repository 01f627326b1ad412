import { type Element, elementsOf, find } from '../xml.ts'
import { number, value } from './styles.ts'

/** Numbers that Word puts before paragraphs and that stand nowhere in their text: 第一章, （一）, 1.2. */
export interface Numbers {
  /** The label of the next paragraph of this list and level, '' for bullets and unknown lists. */
  next(id: string, level: number): string
  isBullet(id: string, level: number): boolean
}

interface Level {
  start: number
  format: string
  text: string
  /** 1.1 in Arabic digits even where the outer level counts 一. */
  legal: boolean
}

/** From word/numbering.xml (ECMA-376-1, 17.9). */
export function readNumbers(root: Element | undefined): Numbers {
  const lists = new Map<string, Map<number, Level>>()
  for (const element of elementsOf(root, 'abstractNum')) {
    lists.set(element.attributes.abstractNumId ?? '', levelsOf(element))
  }
  const instances = new Map<string, { list: string; levels: Map<number, Level> }>()
  for (const element of elementsOf(root, 'num')) {
    const list = value(find(element, 'abstractNumId')) ?? ''
    const levels = new Map(lists.get(list))
    for (const override of elementsOf(element, 'lvlOverride')) {
      const at = number(override.attributes.ilvl) ?? 0
      const replaced = levelsOf(override).get(at) ?? levels.get(at)
      const start = number(value(find(override, 'startOverride')))
      if (replaced) levels.set(at, start === null ? replaced : { ...replaced, start })
    }
    instances.set(element.attributes.numId ?? '', { list, levels })
  }
  // Lists that share a definition go on counting together.
  const counters = new Map<string, number[]>()

  return {
    next(id, level) {
      const instance = instances.get(id)
      const own = instance?.levels.get(level)
      if (!instance || !own) return ''
      const counts = counters.get(instance.list) ?? []
      counters.set(instance.list, counts)
      counts[level] = (counts[level] ?? own.start - 1) + 1
      counts.length = level + 1
      if (own.format === 'bullet' || own.format === 'none') return ''
      return own.text.replace(/%([1-9])/g, (_, digit: string) => {
        const at = Number(digit) - 1
        const format = instance.levels.get(at)
        const count = counts[at] ?? format?.start ?? 1
        return counted(count, own.legal ? 'decimal' : (format?.format ?? 'decimal'))
      })
    },
    isBullet: (id, level) => instances.get(id)?.levels.get(level)?.format === 'bullet',
  }
}

function levelsOf(element: Element): Map<number, Level> {
  return new Map(
    [...elementsOf(element, 'lvl')].map((level) => [
      number(level.attributes.ilvl) ?? 0,
      {
        start: number(value(find(level, 'start'))) ?? 1,
        format: value(find(level, 'numFmt')) ?? 'decimal',
        text: value(find(level, 'lvlText')) ?? '',
        legal: find(level, 'isLgl') !== undefined,
      },
    ]),
  )
}

const digits = [...'〇一二三四五六七八九']

/** A count in one of Word's number formats (17.18.59); those not named here count in Arabic digits. */
export function counted(count: number, format: string): string {
  switch (format) {
    case 'chineseCounting':
    case 'chineseCountingThousand':
    case 'taiwaneseCounting':
    case 'taiwaneseCountingThousand':
    case 'japaneseCounting':
    case 'ideographDigital':
      return chinese(count)
    case 'ideographTraditional':
      return '甲乙丙丁戊己庚辛壬癸'[count - 1] ?? String(count)
    case 'ideographZodiac':
      return '子丑寅卯辰巳午未申酉戌亥'[count - 1] ?? String(count)
    case 'decimalEnclosedCircle':
    case 'decimalEnclosedCircleChinese':
      return count >= 1 && count <= 20 ? String.fromCodePoint(0x2460 + count - 1) : String(count)
    case 'decimalZero':
      return String(count).padStart(2, '0')
    case 'upperLetter':
      return letters(count)
    case 'lowerLetter':
      return letters(count).toLowerCase()
    case 'upperRoman':
      return roman(count)
    case 'lowerRoman':
      return roman(count).toLowerCase()
    default:
      return String(count)
  }
}

function chinese(count: number): string {
  if (count < 0 || count >= 1000) return String(count)
  const hundreds = Math.floor(count / 100)
  const tens = Math.floor((count % 100) / 10)
  const ones = count % 10
  if (count < 10) return digits[count]!
  const head = hundreds > 0 ? `${digits[hundreds]}百` : ''
  const middle = tens > 0 ? `${tens === 1 && hundreds === 0 ? '' : digits[tens]}十` : head && ones ? '零' : ''
  return head + middle + (ones > 0 ? digits[ones] : '')
}

/** A, B, … Z, AA, BB, … as Word repeats them. */
function letters(count: number): string {
  if (count < 1) return String(count)
  return String.fromCharCode(65 + ((count - 1) % 26)).repeat(Math.min(10, Math.floor((count - 1) / 26) + 1))
}

const romans = [
  [1000, 'M'],
  [900, 'CM'],
  [500, 'D'],
  [400, 'CD'],
  [100, 'C'],
  [90, 'XC'],
  [50, 'L'],
  [40, 'XL'],
  [10, 'X'],
  [9, 'IX'],
  [5, 'V'],
  [4, 'IV'],
  [1, 'I'],
] as const

function roman(count: number): string {
  if (count < 1 || count > 3999) return String(count)
  let rest = count
  let text = ''
  for (const [amount, sign] of romans) {
    text += sign.repeat(Math.floor(rest / amount))
    rest %= amount
  }
  return text
}

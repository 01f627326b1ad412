import { type Element, elementsOf, find } from '../xml.ts'
import { isOn, number, value } from './styles.ts'

/** The visible text of a paragraph, and what was found inside it that stands beside it. */
export interface ParagraphContent {
  text: string
  /** Text boxes anchored in it. */
  boxes: Element[]
  /** Largest type and boldness of most of the text, from the runs themselves. */
  size: number | null
  bold: boolean
}

/** Deleted text, comments, field codes and phonetic guides are not visible. */
const invisible = new Set([
  'del',
  'moveFrom',
  'instrText',
  'delText',
  'delInstrText',
  'rt',
  'commentReference',
  'pPr',
  'rPr',
])

export function readParagraph(paragraph: Element): ParagraphContent {
  const boxes: Element[] = []
  const sizes = new Map<number | null, number>()
  let text = ''
  let boldLength = 0

  const walk = (element: Element) => {
    for (const child of elementsOf(element)) {
      switch (child.name) {
        case 'r':
          readRun(child)
          break
        case 'AlternateContent':
          // The same drawing twice, for new and for old programs.
          walk(find(child, 'Choice') ?? find(child, 'Fallback') ?? child)
          break
        case 'txbxContent':
          boxes.push(child)
          break
        case 't':
          text += child.children.filter((one) => typeof one === 'string').join('')
          break
        default:
          if (!invisible.has(child.name)) {
            text += characterOf(child)
            walk(child)
          }
      }
    }
  }

  const readRun = (run: Element) => {
    const properties = find(run, 'rPr')
    if (isOn(find(properties, 'vanish'))) return
    const before = text.length
    walk(run)
    const added = text.slice(before).trim().length
    const size = number(value(find(properties, 'sz')))
    sizes.set(size, (sizes.get(size) ?? 0) + added)
    if (isOn(find(properties, 'b'))) boldLength += added
  }

  walk(paragraph)
  const [size] = [...sizes].reduce((best, one) => (one[1] > best[1] ? one : best), [null, 0])
  return { text, boxes, size, bold: boldLength > 0 && boldLength >= text.trim().length * 0.9 }
}

function characterOf(element: Element): string {
  switch (element.name) {
    case 'tab':
    case 'ptab':
      return '\t'
    case 'br':
    case 'cr':
      return '\n'
    case 'noBreakHyphen':
      return '-'
    case 'sym': {
      // Symbol fonts put their pictures into the private area: only what lies outside means a character.
      const code = Number.parseInt(element.attributes.char ?? '', 16)
      return code > 0x20 && !(code >= 0xe000 && code <= 0xf8ff) && code <= 0x10ffff
        ? String.fromCodePoint(code)
        : ''
    }
    default:
      return ''
  }
}

import { type Element, elementsOf, find } from '../xml.ts'

/** What the styles and the paragraph itself say about a paragraph (ECMA-376-1, 17.3.1, 17.7). */
export interface ParagraphFormat {
  /** Outline level, 0 outermost; null for body text. */
  outline: number | null
  isTitle: boolean
  isContents: boolean
  numbering: { id: string; level: number } | null
  centred: boolean
}

interface Style {
  name: string
  basedOn: string | undefined
  outline: number | null
  numbering: { id: string | null; level: number | null }
  centred: boolean | null
  bold: boolean
  size: number | null
}

export interface Styles {
  format(properties: Element | undefined): ParagraphFormat
  /** Half points and boldness of a paragraph's style. */
  face(properties: Element | undefined): { size: number | null; bold: boolean }
}

/** Longest chain of styles based on each other that is followed. */
const longestChain = 20

export function readStyles(root: Element | undefined): Styles {
  const styles = new Map<string, Style>()
  let defaultStyle: string | undefined
  for (const element of elementsOf(root, 'style')) {
    const { styleId = '', type, default: isDefault } = element.attributes
    if (type !== 'paragraph') continue
    styles.set(styleId, styleOf(element))
    if (isDefault === '1' || isDefault === 'true') defaultStyle = styleId
  }

  const chainOf = (properties: Element | undefined): Style[] => {
    const chain: Style[] = []
    let id = value(find(properties, 'pStyle')) ?? defaultStyle
    while (id !== undefined && chain.length < longestChain) {
      const style = styles.get(id)
      if (!style) break
      chain.push(style)
      id = style.basedOn
    }
    return chain
  }

  return {
    format(properties) {
      const chain = chainOf(properties)
      const own = propertiesOf(properties)
      const all = [own, ...chain]
      const id = all.find((one) => one.numbering.id !== null)?.numbering.id ?? null
      const level = all.find((one) => one.numbering.level !== null)?.numbering.level ?? 0
      return {
        outline: own.outline ?? chain.map(outlineOf).find((outline) => outline !== null) ?? null,
        isTitle: chain.some((style) => /^(?:title|标题|題名|标题 ?0|文档标题)$/i.test(style.name)),
        isContents: chain.some((style) => /^(?:toc|目录|table of figures)\s*\d*$/i.test(style.name)),
        numbering: id !== null && id !== '0' ? { id, level } : null,
        centred: all.find((one) => one.centred !== null)?.centred ?? false,
      }
    },
    face(properties) {
      const chain = chainOf(properties)
      return {
        size: chain.find((style) => style.size !== null)?.size ?? null,
        bold: chain.some((style) => style.bold),
      }
    },
  }
}

function styleOf(element: Element): Style {
  const run = find(element, 'rPr')
  return {
    name: value(find(element, 'name')) ?? '',
    basedOn: value(find(element, 'basedOn')),
    ...propertiesOf(find(element, 'pPr')),
    bold: isOn(find(run, 'b')),
    size: number(value(find(run, 'sz'))),
  }
}

function propertiesOf(properties: Element | undefined): Pick<Style, 'outline' | 'numbering' | 'centred'> {
  const outline = number(value(find(properties, 'outlineLvl')))
  const alignment = value(find(properties, 'jc'))
  return {
    // 9 means body text.
    outline: outline !== null && outline < 9 ? outline : null,
    numbering: {
      id: value(find(properties, 'numPr', 'numId')) ?? null,
      level: number(value(find(properties, 'numPr', 'ilvl'))),
    },
    centred: alignment === undefined ? null : alignment === 'center',
  }
}

/** Word's own heading styles keep their English names in every language; other programs translate them. */
function outlineOf(style: Style): number | null {
  if (style.outline !== null) return style.outline
  const level = /^(?:heading|标题|標題)\s*([1-9])$/i.exec(style.name)?.[1]
  return level ? Number(level) - 1 : null
}

export const value = (element: Element | undefined): string | undefined => element?.attributes.val

/** A toggle such as <w:b/>, <w:b w:val="0"/>. */
export const isOn = (element: Element | undefined): boolean =>
  element !== undefined && !['0', 'false', 'off', 'none'].includes(element.attributes.val ?? '')

export function number(text: string | undefined): number | null {
  const parsed = text === undefined ? Number.NaN : Number(text)
  return Number.isFinite(parsed) ? parsed : null
}

import type { DefaultTreeAdapterTypes } from 'parse5'

export type Node = DefaultTreeAdapterTypes.Node
export type Element = DefaultTreeAdapterTypes.Element

export const isElement = (node: Node): node is Element => 'tagName' in node

export const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((one) => one.name === name)?.value

const unseen = new Set([
  'head',
  'script',
  'style',
  'noscript',
  'template',
  'nav',
  'svg',
  'canvas',
  'iframe',
  'object',
  'video',
  'audio',
  'select',
  'button',
  'input',
  'textarea',
  'datalist',
  'dialog',
  'map',
  'rp',
  'rt',
])

/** Whether a browser would not show an element, or shows it as part of the site and not of the text. */
export function isHidden(element: Element): boolean {
  if (unseen.has(element.tagName)) return true
  for (const { name, value } of element.attrs) {
    if (name === 'hidden' && value !== 'until-found') return true
    if (name === 'aria-hidden' && value === 'true') return true
    if (name === 'role' && value === 'navigation') return true
    if (name === 'style' && /display\s*:\s*none|visibility\s*:\s*hidden/i.test(value)) return true
  }
  return false
}

/** All visible text below an element on one line; a line feed for each <br> and block inside. */
export function visibleText(element: Node, lineBreaks = false): string {
  let text = ''
  const stack: (Node | string)[] = [element]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node === 'string') text += node
    else if (node.nodeName === '#text')
      text += (node as DefaultTreeAdapterTypes.TextNode).value.replace(/\s+/g, ' ')
    else if (isElement(node)) {
      if (node !== element && isHidden(node)) continue
      if (node.tagName === 'br') text += '\n'
      const breaks = lineBreaks && isBlock(node) && node !== element
      if (breaks) text += '\n'
      if (breaks) stack.push('\n')
      for (const child of node.childNodes.toReversed()) stack.push(child)
    }
  }
  const lines = text.split('\n').map((line) => line.replace(/[ \t]+/g, ' ').trim())
  return lines.filter((line) => line !== '').join(lineBreaks ? '\n' : ' ')
}

const blocks = new Set([
  'address',
  'article',
  'aside',
  'blockquote',
  'body',
  'caption',
  'center',
  'dd',
  'details',
  'div',
  'dl',
  'dt',
  'fieldset',
  'figcaption',
  'figure',
  'footer',
  'form',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'header',
  'hr',
  'html',
  'legend',
  'li',
  'main',
  'menu',
  'ol',
  'p',
  'pre',
  'section',
  'summary',
  'table',
  'tbody',
  'td',
  'tfoot',
  'th',
  'thead',
  'tr',
  'ul',
])

export const isBlock = (element: Element): boolean => blocks.has(element.tagName)

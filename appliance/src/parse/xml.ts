import { SaxesParser } from 'saxes'

/** An element; its name comes without the namespace prefix. */
export interface Element {
  name: string
  attributes: Record<string, string>
  children: (Element | string)[]
}

/** Deeper trees are attacks: the parsers walk them by recursion. */
const deepest = 500
/** More elements than this do not fit the memory of a parser process. */
const mostElements = 4_000_000

/**
 * The root element of an XML part. Office files may not declare a document type (ECMA-376-2, 8.1.4), so one is
 * refused, and with it every entity that expands to something else than a character.
 */
export function parseXml(bytes: Uint8Array): Element {
  const parser = new SaxesParser({ position: false })
  const root: Element = { name: '', attributes: {}, children: [] }
  const open = [root]
  let count = 0
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw new Error('a document type is not allowed')
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = {
      name: local(name),
      attributes: localKeys(attributes as Record<string, string>),
      children: [],
    }
    open.at(-1)!.children.push(element)
    open.push(element)
    count++
    if (open.length > deepest || count > mostElements) throw new Error('the XML is too deep or too large')
  })
  parser.on('closetag', () => {
    open.pop()
  })
  const addText = (text: string) => {
    open.at(-1)!.children.push(text)
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(new TextDecoder(encodingOf(bytes)).decode(bytes)).close()
  return root.children.find((child) => typeof child !== 'string') ?? root
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Attributes by local name, and by their full name where they have a prefix: sldId has both id and r:id. */
function localKeys(attributes: Record<string, string>): Record<string, string> {
  const keyed: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) {
    keyed[name] = value
    if (name.includes(':')) keyed[local(name)] ??= value
  }
  return keyed
}

export function* elementsOf(parent: Element | undefined, name?: string): Generator<Element> {
  for (const child of parent?.children ?? []) {
    if (typeof child !== 'string' && (name === undefined || child.name === name)) yield child
  }
}

/** The first element reached by the names one after another. */
export function find(parent: Element | undefined, ...names: string[]): Element | undefined {
  let found = parent
  for (const name of names) found = elementsOf(found, name).next().value ?? undefined
  return found
}

/** All text below an element, in order. */
export function textOf(element: Element | undefined): string {
  return (element?.children ?? [])
    .map((child) => (typeof child === 'string' ? child : textOf(child)))
    .join('')
}

import { TanboxError } from '../../errors.ts'
import type { ParsedDocument } from '../../model.ts'
import { openArchive } from '../archive.ts'
import { refuseOle } from '../ole.ts'
import type { Parser } from '../parser.ts'
import { titleInProperties } from '../pdf/title.ts'
import { type Element, elementsOf, find, parseXml, textOf } from '../xml.ts'
import { blocksOf } from './blocks.ts'
import { readNumbers } from './numbers.ts'
import { readStyles } from './styles.ts'

/** Word documents (ECMA-376 WordprocessingML): one unit with the text as it is read, numbers of lists included. */
export const docx: Parser = {
  async parse(bytes, { limits }): Promise<ParsedDocument> {
    refuseOle(bytes, 'Word')
    const archive = openArchive(bytes, 'Word', limits)
    const part = (name: string): Element | undefined => {
      const content = archive.read(name)
      return content ? parseXml(content) : undefined
    }
    const main = mainPart(part('_rels/.rels')) ?? 'word/document.xml'
    const folder = main.slice(0, main.lastIndexOf('/') + 1)
    const body = find(part(main), 'body')
    if (!body) throw new TanboxError('file-broken', 'Word')
    const { text, blocks, title } = blocksOf({
      body,
      styles: readStyles(part(`${folder}styles.xml`)),
      numbers: readNumbers(part(`${folder}numbering.xml`)),
      notes: [...notesIn(part(`${folder}footnotes.xml`)), ...notesIn(part(`${folder}endnotes.xml`))],
      maxText: limits.maxText,
    })
    if (blocks.length === 0) throw new TanboxError('file-no-text')
    const found = title ?? titleInProperties(textOf(find(part('docProps/core.xml'), 'title')))
    return {
      ...(found ? { title: found } : {}),
      units: [{ kind: 'text', label: '', text }],
      blocks,
      pages: 1,
      warnings: [],
    }
  },
}

/** The part that the package names as its document, as a rule word/document.xml. */
function mainPart(relationships: Element | undefined): string | undefined {
  for (const { attributes } of elementsOf(relationships, 'Relationship')) {
    if (attributes.Type?.endsWith('/officeDocument')) return attributes.Target?.replace(/^\/+/, '')
  }
  return undefined
}

/** Notes with text of their own; the separator lines among them have none. */
function* notesIn(root: Element | undefined): Generator<Element> {
  for (const note of elementsOf(root)) {
    if (note.attributes.type === undefined || note.attributes.type === 'normal') yield note
  }
}

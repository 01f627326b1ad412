import {
  contentTypes,
  coreContentType,
  coreProperties,
  coreType,
  declaration,
  escapeXml,
  office,
  relationships,
  zip,
} from './package-parts.ts'

export type WordBlock =
  | { heading: string; level: 1 | 2 | 3 }
  | { text: string }
  | { items: string[] }
  /** The first row is the header. */
  | { table: string[][] }

const main = 'application/vnd.openxmlformats-officedocument.wordprocessingml'
const namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

/** A Word document of headings, paragraphs, numbered lists and tables. */
export function wordDocument(title: string, blocks: WordBlock[]): Promise<Buffer> {
  return zip({
    '[Content_Types].xml': contentTypes({
      'word/document.xml': `${main}.document.main+xml`,
      'word/styles.xml': `${main}.styles+xml`,
      'word/numbering.xml': `${main}.numbering+xml`,
      'docProps/core.xml': coreContentType,
    }),
    '_rels/.rels': relationships([
      [`${office}/officeDocument`, 'word/document.xml'],
      [coreType, 'docProps/core.xml'],
    ]),
    'docProps/core.xml': coreProperties(title),
    'word/_rels/document.xml.rels': relationships([
      [`${office}/styles`, 'styles.xml'],
      [`${office}/numbering`, 'numbering.xml'],
    ]),
    'word/styles.xml': styles,
    'word/numbering.xml': numbering,
    'word/document.xml': `${declaration}<w:document ${namespace}><w:body>${paragraph(title, 'Title')}${blocks.map(block).join('')}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>`,
  })
}

function block(it: WordBlock): string {
  if ('heading' in it) return paragraph(it.heading, `Heading${it.level}`)
  if ('text' in it) return paragraph(it.text)
  if ('items' in it) return it.items.map((item) => paragraph(item, 'ListNumber')).join('')
  const [header = [], ...rows] = it.table
  const width = Math.floor(9000 / header.length)
  const grid = header.map(() => `<w:gridCol w:w="${width}"/>`).join('')
  const borders = ['top', 'left', 'bottom', 'right', 'insideH', 'insideV']
    .map((side) => `<w:${side} w:val="single" w:sz="4" w:space="0" w:color="9BB0A5"/>`)
    .join('')
  const row = (cells: string[], isHeader: boolean) =>
    `<w:tr>${isHeader ? '<w:trPr><w:tblHeader/></w:trPr>' : ''}${cells
      .map((cell) => `<w:tc><w:tcPr><w:tcW w:w="${width}" w:type="dxa"/></w:tcPr>${paragraph(cell)}</w:tc>`)
      .join('')}</w:tr>`
  return `<w:tbl><w:tblPr><w:tblW w:w="9000" w:type="dxa"/><w:tblBorders>${borders}</w:tblBorders></w:tblPr><w:tblGrid>${grid}</w:tblGrid>${row(header, true)}${rows.map((cells) => row(cells, false)).join('')}</w:tbl>${paragraph('')}`
}

function paragraph(text: string, style?: string): string {
  const properties = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''
  const run = text ? `<w:r><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r>` : ''
  return `<w:p>${properties}${run}</w:p>`
}

const style = (id: string, name: string, size: number, more = '') =>
  `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/><w:pPr>${more}</w:pPr><w:rPr><w:sz w:val="${size}"/></w:rPr></w:style>`

const styles = `${declaration}<w:styles ${namespace}>${[
  '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>',
  style('Title', 'Title', 40),
  style('Heading1', 'heading 1', 32, '<w:outlineLvl w:val="0"/>'),
  style('Heading2', 'heading 2', 28, '<w:outlineLvl w:val="1"/>'),
  style('Heading3', 'heading 3', 24, '<w:outlineLvl w:val="2"/>'),
  style('ListNumber', 'List Number', 21, '<w:numPr><w:numId w:val="1"/></w:numPr>'),
].join('')}</w:styles>`

const numbering = `${declaration}<w:numbering ${namespace}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`

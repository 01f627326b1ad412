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

export interface Slide {
  title: string
  lines?: string[]
  /** The first row is the header. */
  table?: string[][]
  notes?: string
}

const main = 'application/vnd.openxmlformats-officedocument.presentationml'
const namespaces = `xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="${office}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`

/** A presentation: title, lines or a table per slide, and speaker's notes. */
export function presentation(title: string, slides: Slide[]): Promise<Buffer> {
  const numbers = slides.map((_, index) => index + 1)
  const noted = numbers.filter((number) => slides[number - 1]!.notes)
  return zip({
    '[Content_Types].xml': contentTypes({
      'ppt/presentation.xml': `${main}.presentation.main+xml`,
      'ppt/slideMasters/slideMaster1.xml': `${main}.slideMaster+xml`,
      'ppt/slideLayouts/slideLayout1.xml': `${main}.slideLayout+xml`,
      'ppt/notesMasters/notesMaster1.xml': `${main}.notesMaster+xml`,
      'ppt/theme/theme1.xml': 'application/vnd.openxmlformats-officedocument.theme+xml',
      'ppt/theme/theme2.xml': 'application/vnd.openxmlformats-officedocument.theme+xml',
      'docProps/core.xml': coreContentType,
      ...Object.fromEntries(numbers.map((number) => [`ppt/slides/slide${number}.xml`, `${main}.slide+xml`])),
      ...Object.fromEntries(
        noted.map((number) => [`ppt/notesSlides/notesSlide${number}.xml`, `${main}.notesSlide+xml`]),
      ),
    }),
    '_rels/.rels': relationships([
      [`${office}/officeDocument`, 'ppt/presentation.xml'],
      [coreType, 'docProps/core.xml'],
    ]),
    'docProps/core.xml': coreProperties(title),
    'ppt/_rels/presentation.xml.rels': relationships([
      [`${office}/slideMaster`, 'slideMasters/slideMaster1.xml'],
      [`${office}/notesMaster`, 'notesMasters/notesMaster1.xml'],
      ...numbers.map((number): [string, string] => [`${office}/slide`, `slides/slide${number}.xml`]),
    ]),
    'ppt/presentation.xml': `${declaration}<p:presentation ${namespaces}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:notesMasterIdLst><p:notesMasterId r:id="rId2"/></p:notesMasterIdLst><p:sldIdLst>${numbers.map((number) => `<p:sldId id="${255 + number}" r:id="rId${number + 2}"/>`).join('')}</p:sldIdLst><p:sldSz cx="12192000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`,
    'ppt/theme/theme1.xml': theme,
    'ppt/theme/theme2.xml': theme,
    'ppt/slideMasters/slideMaster1.xml': `${declaration}<p:sldMaster ${namespaces}><p:cSld><p:spTree>${group}</p:spTree></p:cSld>${colorMap}<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>`,
    'ppt/slideMasters/_rels/slideMaster1.xml.rels': relationships([
      [`${office}/slideLayout`, '../slideLayouts/slideLayout1.xml'],
      [`${office}/theme`, '../theme/theme1.xml'],
    ]),
    'ppt/slideLayouts/slideLayout1.xml': `${declaration}<p:sldLayout ${namespaces} type="obj"><p:cSld name="Title and content"><p:spTree>${group}</p:spTree></p:cSld></p:sldLayout>`,
    'ppt/slideLayouts/_rels/slideLayout1.xml.rels': relationships([
      [`${office}/slideMaster`, '../slideMasters/slideMaster1.xml'],
    ]),
    'ppt/notesMasters/notesMaster1.xml': `${declaration}<p:notesMaster ${namespaces}><p:cSld><p:spTree>${group}</p:spTree></p:cSld>${colorMap}</p:notesMaster>`,
    'ppt/notesMasters/_rels/notesMaster1.xml.rels': relationships([
      [`${office}/theme`, '../theme/theme2.xml'],
    ]),
    ...Object.fromEntries(numbers.flatMap((number) => slideParts(number, slides[number - 1]!))),
  })
}

function slideParts(number: number, slide: Slide): [string, string][] {
  const body = slide.table ? graphicTable(slide.table) : textShape(3, 'body', 1, slide.lines ?? [], 1600000)
  const links: [string, string][] = [[`${office}/slideLayout`, '../slideLayouts/slideLayout1.xml']]
  if (slide.notes) links.push([`${office}/notesSlide`, `../notesSlides/notesSlide${number}.xml`])
  const parts: [string, string][] = [
    [
      `ppt/slides/slide${number}.xml`,
      `${declaration}<p:sld ${namespaces}><p:cSld><p:spTree>${group}${textShape(2, 'title', 0, [slide.title], 400000)}${body}</p:spTree></p:cSld></p:sld>`,
    ],
    [`ppt/slides/_rels/slide${number}.xml.rels`, relationships(links)],
  ]
  if (!slide.notes) return parts
  return [
    ...parts,
    [
      `ppt/notesSlides/notesSlide${number}.xml`,
      `${declaration}<p:notes ${namespaces}><p:cSld><p:spTree>${group}${textShape(2, 'body', 1, [slide.notes], 4400000)}</p:spTree></p:cSld></p:notes>`,
    ],
    [
      `ppt/notesSlides/_rels/notesSlide${number}.xml.rels`,
      relationships([
        [`${office}/notesMaster`, '../notesMasters/notesMaster1.xml'],
        [`${office}/slide`, `../slides/slide${number}.xml`],
      ]),
    ],
  ]
}

function textShape(id: number, type: string, index: number, lines: string[], top: number): string {
  const place = index === 0 ? `<p:ph type="${type}"/>` : `<p:ph type="${type}" idx="${index}"/>`
  const frame = `<a:xfrm><a:off x="700000" y="${top}"/><a:ext cx="10800000" cy="${type === 'title' ? 1000000 : 4500000}"/></a:xfrm>`
  return `<p:sp><p:nvSpPr><p:cNvPr id="${id}" name="${type} ${id}"/><p:cNvSpPr/><p:nvPr>${place}</p:nvPr></p:nvSpPr><p:spPr>${frame}</p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>${lines.map(textParagraph).join('')}</p:txBody></p:sp>`
}

const textParagraph = (text: string) =>
  `<a:p><a:r><a:rPr lang="zh-CN"/><a:t>${escapeXml(text)}</a:t></a:r></a:p>`

function graphicTable(rows: string[][]): string {
  const width = Math.floor(10800000 / rows[0]!.length)
  const cell = (text: string) =>
    `<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>${textParagraph(text)}</a:txBody><a:tcPr/></a:tc>`
  const grid = rows[0]!.map(() => `<a:gridCol w="${width}"/>`).join('')
  const body = rows.map((cells) => `<a:tr h="420000">${cells.map(cell).join('')}</a:tr>`).join('')
  return `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="table 4"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="700000" y="1600000"/><a:ext cx="10800000" cy="${420000 * rows.length}"/></p:xfrm><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table"><a:tbl><a:tblPr firstRow="1"/><a:tblGrid>${grid}</a:tblGrid>${body}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
}

const group =
  '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>'
const colorMap =
  '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'

const color = (name: string, value: string) => `<a:${name}><a:srgbClr val="${value}"/></a:${name}>`
const fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
const line = `<a:ln w="9525">${fill}</a:ln>`
const effect = '<a:effectStyle><a:effectLst/></a:effectStyle>'
const font = '<a:latin typeface="Noto Sans"/><a:ea typeface="Noto Sans CJK SC"/><a:cs typeface=""/>'
const theme = `${declaration}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="plain"><a:themeElements><a:clrScheme name="plain">${[
  color('dk1', '1C2A24'),
  color('lt1', 'FFFFFF'),
  color('dk2', '24453A'),
  color('lt2', 'EAF2ED'),
  ...['2F7D5B', '4E9C81', '8DB580', 'C9A227', 'B5651D', '5B6C9E'].map((value, index) =>
    color(`accent${index + 1}`, value),
  ),
  color('hlink', '1F6FB2'),
  color('folHlink', '6B4E9C'),
].join(
  '',
)}</a:clrScheme><a:fontScheme name="plain"><a:majorFont>${font}</a:majorFont><a:minorFont>${font}</a:minorFont></a:fontScheme><a:fmtScheme name="plain"><a:fillStyleLst>${fill.repeat(3)}</a:fillStyleLst><a:lnStyleLst>${line.repeat(3)}</a:lnStyleLst><a:effectStyleLst>${effect.repeat(3)}</a:effectStyleLst><a:bgFillStyleLst>${fill.repeat(3)}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>`

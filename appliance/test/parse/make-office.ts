import { crc32, deflateRawSync } from 'node:zlib'

/** Bytes of a zip archive of these parts. */
export async function makeZip(
  parts: Record<string, string | Uint8Array>,
  compress = true,
): Promise<Uint8Array<ArrayBuffer>> {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, part] of Object.entries(parts)) {
    const content = Buffer.from(part as string)
    const data = compress ? deflateRawSync(content) : content
    const path = Buffer.from(name)
    // What both headers share: version, flags (names in UTF-8), method, time, checksum, sizes, name.
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(0x800, 2)
    shared.writeUInt16LE(compress ? 8 : 0, 4)
    shared.writeUInt32LE(crc32(content), 10)
    shared.writeUInt32LE(data.length, 14)
    shared.writeUInt32LE(content.length, 18)
    shared.writeUInt16LE(path.length, 22)
    const central = Buffer.alloc(14)
    central.writeUInt32LE(offset, 10)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, path, data])
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), shared, central, path]))
    locals.push(local)
    offset += local.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return new Uint8Array(Buffer.concat([...locals, ...directory, end]))
}

const w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
const r = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
const a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
const p = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
const relationships = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
const types = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** A Word document with this body and, by name without ending, other parts (styles, numbering, footnotes). */
export function makeDocx(body: string, parts: Record<string, string> = {}): Promise<Uint8Array> {
  const others = Object.entries(parts).map(([name, content]) => [
    `word/${name}.xml`,
    content.replace('>', ` ${w}>`),
  ])
  return makeZip({
    '_rels/.rels': `<Relationships ${relationships}><Relationship Id="rId1" Type="${types}/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml': `<?xml version="1.0" encoding="UTF-8"?><w:document ${w}><w:body>${body}</w:body></w:document>`,
    ...Object.fromEntries(others),
  })
}

/** A Word paragraph; `properties` go into its w:pPr. */
export const paragraph = (text: string, properties = ''): string =>
  `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`

/** A presentation of slides given as the content of their shape trees; notes by slide number from 1. */
export function makePptx(slides: readonly string[], notes: Record<number, string> = {}): Promise<Uint8Array> {
  const parts: Record<string, string> = {
    'ppt/presentation.xml':
      `<p:presentation ${p} ${r}><p:sldIdLst>` +
      slides.map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i + 1}"/>`).join('') +
      '</p:sldIdLst></p:presentation>',
    'ppt/_rels/presentation.xml.rels':
      `<Relationships ${relationships}>` +
      slides
        .map(
          (_, i) =>
            `<Relationship Id="rId${i + 1}" Type="${types}/slide" Target="slides/part${slides.length - i}.xml"/>`,
        )
        .join('') +
      '</Relationships>',
  }
  for (const [i, tree] of slides.entries()) {
    // The names of the parts run against the order of the show, as they may.
    const part = `part${slides.length - i}.xml`
    parts[`ppt/slides/${part}`] =
      `<p:sld ${p} ${a} ${r}><p:cSld><p:spTree>${tree}</p:spTree></p:cSld></p:sld>`
    const note = notes[i + 1]
    if (note === undefined) continue
    parts[`ppt/slides/_rels/${part}.rels`] =
      `<Relationships ${relationships}><Relationship Id="rId9" Type="${types}/notesSlide" Target="../notesSlides/n${i}.xml"/></Relationships>`
    parts[`ppt/notesSlides/n${i}.xml`] =
      `<p:notes ${p} ${a}><p:cSld><p:spTree>${shape(note, 'body')}</p:spTree></p:cSld></p:notes>`
  }
  return makeZip(parts)
}

/** A shape with a paragraph per line. */
export function shape(text: string, placeholder?: string): string {
  const properties = placeholder ? `<p:nvPr><p:ph type="${placeholder}"/></p:nvPr>` : '<p:nvPr/>'
  const paragraphs = text.split('\n').map((line) => `<a:p><a:r><a:t>${line}</a:t></a:r></a:p>`)
  return `<p:sp><p:nvSpPr>${properties}</p:nvSpPr><p:txBody>${paragraphs.join('')}</p:txBody></p:sp>`
}

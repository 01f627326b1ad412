import JSZip from 'jszip'

/** Parts of an Office Open XML package (ECMA-376): name -> XML text. */
export type Parts = Record<string, string>

/** One date for all parts, so that the same source makes the same bytes. */
const date = new Date('2026-03-02T08:00:00Z')

export async function zip(parts: Parts): Promise<Buffer> {
  const archive = new JSZip()
  for (const [name, text] of Object.entries(parts)) archive.file(name, text, { date, createFolders: false })
  return archive.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE', platform: 'UNIX' })
}

export const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

export function contentTypes(types: Record<string, string>): string {
  const overrides = Object.entries(types).map(
    ([part, type]) => `<Override PartName="/${part}" ContentType="${type}"/>`,
  )
  return `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`
}

/** Relationships as [type, target], their ids in this order: rId1, rId2, ... */
export function relationships(list: [type: string, target: string][]): string {
  const items = list.map(
    ([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${type}" Target="${target}"/>`,
  )
  return `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${items.join('')}</Relationships>`
}

export const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
export const coreType =
  'http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties'
export const coreContentType = 'application/vnd.openxmlformats-package.core-properties+xml'

export function coreProperties(title: string): string {
  return `${declaration}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>${escapeXml(title)}</dc:title><dc:creator>云泽新材料 能源与碳管理部</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">2026-03-02T08:00:00Z</dcterms:created></cp:coreProperties>`
}

import { TanboxError } from '../errors.ts'
import type { FileType } from '../model.ts'
import { encodingOf } from './decode.ts'
import { holdsStream, isOle } from './ole.ts'

const byEnding: Record<string, FileType> = {
  pdf: 'pdf',
  docx: 'docx',
  docm: 'docx',
  dotx: 'docx',
  pptx: 'pptx',
  pptm: 'pptx',
  ppsx: 'pptx',
  potx: 'pptx',
  xlsx: 'xlsx',
  xlsm: 'xlsx',
  xltx: 'xlsx',
  csv: 'csv',
  tsv: 'csv',
  md: 'md',
  markdown: 'md',
  txt: 'txt',
  text: 'txt',
  log: 'txt',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
}

/** Known, to be read one day; the name goes into the sentence that refuses them. */
const laterByEnding: Record<string, string> = {
  doc: 'Word 97-2003 (.doc)',
  wps: 'WPS (.wps)',
  xls: 'Excel 97-2003 (.xls)',
  et: 'WPS (.et)',
  ppt: 'PowerPoint 97-2003 (.ppt)',
  dps: 'WPS (.dps)',
  rtf: 'RTF',
  odt: 'OpenDocument',
  ods: 'OpenDocument',
  odp: 'OpenDocument',
  ofd: 'OFD',
  eml: 'EML',
  msg: 'Outlook (.msg)',
  mht: 'MHTML',
  mhtml: 'MHTML',
  xlsb: 'xlsb',
  epub: 'EPUB',
}

const pictures: readonly (readonly [name: string, magic: string])[] = [
  ['PNG', '\x89PNG\r\n\x1a\n'],
  ['JPEG', '\xff\xd8\xff'],
  ['GIF', 'GIF8'],
  ['TIFF', 'II*\0'],
  ['TIFF', 'MM\0*'],
  ['BMP', 'BM'],
]

const endingOf = (name: string): string => (/\.([^./\\]+)$/.exec(name)?.[1] ?? '').toLowerCase()

/**
 * Type of a file by its first bytes (64 KiB suffice), and by the ending of its name where the bytes leave it open.
 * null for what nobody knows. @throws TanboxError `file-type-later` for what is known and cannot be read yet,
 * `file-empty` for no bytes at all
 */
export function fileTypeOf(name: string, head: Uint8Array): FileType | null {
  if (head.length === 0) throw new TanboxError('file-empty')
  const ending = endingOf(name)
  const latin = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  // Viewers accept a PDF whose header stands within the first kilobyte (ISO 32000-1, annex H.3.4.1).
  if (latin.slice(0, 1024).includes('%PDF-')) return 'pdf'
  if (latin.startsWith('PK\x03\x04') || latin.startsWith('PK\x05\x06')) return inArchive(latin, ending)
  if (isOle(head)) return inOle(head, ending)
  if (latin.startsWith('{\\rtf')) throw later('RTF')
  const picture = pictures.find(([, magic]) => latin.startsWith(magic))
  if (picture && !isText(head)) throw later(picture[0])
  if (latin.startsWith('RIFF') && latin.slice(8, 12) === 'WEBP') throw later('WebP')
  if (!isText(head)) return null
  return inText(latin, ending)
}

const later = (name: string) => new TanboxError('file-type-later', name)

/** Office files are told apart by the folders of their parts, whose names stand in clear before each part. */
function inArchive(latin: string, ending: string): FileType | null {
  if (latin.slice(30, 80).includes('mimetypeapplication/vnd.oasis.opendocument')) throw later('OpenDocument')
  if (latin.slice(30, 80).includes('mimetypeapplication/epub')) throw later('EPUB')
  const folders: [string, FileType][] = [
    ['word/', 'docx'],
    ['ppt/', 'pptx'],
    ['xl/', 'xlsx'],
  ]
  const names = [...partNames(latin)]
  if (names.some((name) => name.endsWith('.bin') && name.startsWith('xl/workbook'))) throw later('xlsb')
  const found = folders.find(([folder]) => names.some((name) => name.toLowerCase().startsWith(folder)))
  if (found) return found[1]
  if (laterByEnding[ending] !== undefined) throw later(laterByEnding[ending])
  const stated = byEnding[ending]
  return stated === 'docx' || stated === 'pptx' || stated === 'xlsx' ? stated : null
}

/** Names in the local headers of an archive (APPNOTE 4.3.7: their length at 26, they themselves at 30). */
function* partNames(latin: string): Generator<string> {
  for (let at = 0; at >= 0; at = latin.indexOf('PK\x03\x04', at + 4)) {
    const length = latin.charCodeAt(at + 26) + latin.charCodeAt(at + 27) * 256
    yield latin.slice(at + 30, at + 30 + length)
  }
}

/** Old Office files, and new ones behind a password. The parser of the new type says which it is. */
function inOle(head: Uint8Array, ending: string): FileType | null {
  const stated = byEnding[ending]
  if (stated === 'docx' || stated === 'pptx' || stated === 'xlsx') return stated
  const name =
    laterByEnding[ending] ??
    (holdsStream(head, 'WordDocument')
      ? laterByEnding.doc
      : holdsStream(head, 'Workbook')
        ? laterByEnding.xls
        : holdsStream(head, 'PowerPoint Document')
          ? laterByEnding.ppt
          : null)
  if (name) throw later(name)
  return null
}

function inText(latin: string, ending: string): FileType | null {
  const start = latin
    .slice(0, 4096)
    .replace(/^\xef\xbb\xbf/, '')
    .replaceAll('\0', '')
    .trimStart()
  const stated = byEnding[ending]
  const isHtml = /^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]/is.test(
    start,
  )
  // Spreadsheet programs of offices write web pages and call them .xls.
  if (isHtml && stated !== 'md') return 'html'
  if (stated === 'pdf' || stated === 'docx' || stated === 'pptx' || stated === 'xlsx') {
    throw new TanboxError('file-broken', ending)
  }
  if (stated) return stated
  if (laterByEnding[ending] !== undefined) throw later(laterByEnding[ending])
  return ending === '' ? 'txt' : null
}

/** Whether bytes are text in some encoding: hardly a control character, and nothing that is no character at all. */
function isText(head: Uint8Array): boolean {
  const text = new TextDecoder(encodingOf(head)).decode(head)
  const odd = text.match(/[^\P{Cc}\s]|\p{Cn}|\p{Co}|\p{Cs}|\ufffd/gu)?.length ?? 0
  return odd <= text.length * 0.02
}

import { TanboxError } from '../errors.ts'

/**
 * Names in the drop folder are bytes; as keys they are kept in latin1, one character for each byte, so that every
 * name survives, valid UTF-8 or not.
 */
export const keyOf = (path: Buffer): string => path.toString('latin1')
export const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1')
/** The path as people see it. Bytes that are not UTF-8 show as U+FFFD. */
export const shownPath = (key: string): string => bytesOf(key).toString('utf8')
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The title of a document that has none of its own: the file name without its ending. */
export function titleOf(name: string): string {
  const title = name.replace(/\.[^.\s]{1,8}$/, '').replace(/[\s_]+/g, ' ')
  return title.trim() === '' ? name : title.trim()
}

const unfinished = /\.(tmp|temp|part|partial|crdownload|download|filepart|swp|swx|lock)$/i
const notForPeople = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  '@eadir',
  '#recycle',
])

/** Hidden files, what editors, browsers and copies in progress leave, and what file servers keep for themselves. */
export function isIgnored(name: string): boolean {
  return (
    name.startsWith('.') ||
    name.startsWith('~$') ||
    name.endsWith('~') ||
    unfinished.test(name) ||
    notForPeople.has(name.toLowerCase())
  )
}

const longestPath = 1024

/**
 * The path under which an upload is known: what a browser or the command line gave, without what could lead out
 * of a folder. NFC, as a Mac spells names otherwise and the same file must be the same upload.
 * @throws TanboxError `upload-name`
 */
export function uploadPath(given: string): string {
  const parts = given
    .toWellFormed()
    .normalize('NFC')
    .replaceAll('\\', '/')
    .replaceAll('\0', '')
    .split('/')
    .map((part) => part.trim())
    .filter(
      (part, index) =>
        part !== '' && part !== '.' && part !== '..' && !(index === 0 && /^[A-Za-z]:$/.test(part)),
    )
  const path = parts.join('/')
  if (path === '' || path.length > longestPath) throw new TanboxError('upload-name', given.slice(0, 80))
  return path
}

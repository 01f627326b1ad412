import type { FileType } from '../model.ts'

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

/** Type of a file by its first bytes (64 KiB suffice) where they say it, else by the ending of its name. */
export function fileTypeOf(name: string, head: Uint8Array): FileType | null {
  if (Buffer.from(head.subarray(0, 1024)).includes('%PDF-')) return 'pdf'
  return byEnding[name.toLowerCase().split('.').at(-1) ?? ''] ?? null
}

import type { FileType } from '../model.ts'

/**
 * Version of each extractor, part of the pipeline version: raise it whenever the same bytes would yield other
 * units or blocks. A library that decides them is named with its version.
 */
export const extractorVersions: Record<FileType, string> = {
  pdf: 'pdfjs-6.5.438/4',
  docx: '2',
  pptx: '1',
  xlsx: 'xlsx-0.20.3/1',
  csv: '1',
  md: 'mdast-2/2',
  txt: '2',
  html: 'parse5-8/2',
}

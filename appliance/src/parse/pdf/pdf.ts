import { createRequire } from 'node:module'
import path from 'node:path'
import { getDocument, type PDFDocumentProxy, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { TanboxError } from '../../errors.ts'
import type { ParsedDocument, Unit } from '../../model.ts'
import type { Parser } from '../parser.ts'
import { blocksOf } from './blocks.ts'
import { gridsOf } from './grid.ts'
import { type Page, readPage } from './page.ts'
import { rulingsOf } from './rulings.ts'
import { type PageTable, tablesOf } from './tables.ts'
import { titleInProperties } from './title.ts'

const assets = path.dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))

export const pdf: Parser = {
  async parse(bytes, { limits, signal, onProgress }) {
    const loading = getDocument({
      // pdf.js takes the memory over, so that `bytes` is empty afterwards, and refuses Node's Buffer.
      data: Buffer.isBuffer(bytes) ? new Uint8Array(bytes) : bytes,
      verbosity: VerbosityLevel.ERRORS,
      cMapUrl: `${assets}/cmaps/`,
      cMapPacked: true,
      standardFontDataUrl: `${assets}/standard_fonts/`,
      useSystemFonts: false,
      disableFontFace: true,
      fontExtraProperties: true,
      // Pictures are of no use here: not one pixel is decoded.
      maxImageSize: 1,
      useWasm: false,
    })
    try {
      const document = await loading.promise.catch(refuse)
      if (document.numPages > limits.maxPages)
        throw new TanboxError('file-too-many-pages', String(limits.maxPages))
      return await read(document, limits.maxText, signal, onProgress)
    } finally {
      await loading.destroy()
    }
  },
}

function refuse(cause: Error): never {
  if (cause.name === 'PasswordException') throw new TanboxError('file-encrypted', 'PDF', { cause })
  throw new TanboxError('file-broken', 'PDF', { cause })
}

async function read(
  document: PDFDocumentProxy,
  maxText: number,
  signal?: AbortSignal,
  onProgress?: (done: number, total: number) => void,
): Promise<ParsedDocument> {
  const pages: Page[] = []
  const tables: PageTable[][] = []
  const broken: number[] = []
  const fonts = new Map<string, string>()
  let length = 0
  onProgress?.(0, document.numPages)
  for (let number = 1; number <= document.numPages; number++) {
    signal?.throwIfAborted()
    try {
      const page = await document.getPage(number)
      const read = readPage(number - 1, await page.getTextContent(), page.view)
      pages.push(read)
      const operators = await page.getOperatorList()
      for (const font of new Set(read.runs.map((run) => run.font))) {
        if (!fonts.has(font)) fonts.set(font, fontName(page.commonObjs, font))
      }
      tables.push(tablesOf(read, gridsOf(rulingsOf(operators, page.view, read.quarter))))
      page.cleanup()
    } catch {
      broken.push(number)
      pages.push(readPage(number - 1, { items: [], styles: {} }, [0, 0, 1, 1]))
      tables.push([])
    }
    length += pages.at(-1)!.text.length
    if (length > maxText) throw new TanboxError('file-too-large', `${maxText} characters`)
    onProgress?.(number, document.numPages)
  }
  if (broken.length === pages.length) throw new TanboxError('file-broken', 'PDF')
  if (pages.every((page) => page.items.length === 0)) throw new TanboxError('file-no-text')
  const { blocks, title } = blocksOf(pages, tables, (font) =>
    /bold|black|heavy|hei|HT/i.test(fonts.get(font) ?? ''),
  )
  const info = (await document.getMetadata().catch(() => null))?.info as { Title?: unknown } | undefined
  const found = title ?? titleInProperties(info?.Title)
  return {
    ...(found ? { title: found } : {}),
    units: pages.map(unitOf),
    blocks,
    pages: pages.length,
    warnings: warningsOf(pages, broken),
  }
}

function fontName(
  objects: { has(id: string): boolean; get(id: string): { name?: string } },
  font: string,
): string {
  return (objects.has(font) && objects.get(font).name) || ''
}

function unitOf(page: Page): Unit {
  return { kind: 'page', label: String(page.unit + 1), text: page.text, items: page.items }
}

function warningsOf(pages: readonly Page[], broken: readonly number[]): string[] {
  const bare = pages
    .filter((page) => page.items.length === 0 && !broken.includes(page.unit + 1))
    .map((page) => page.unit + 1)
  return [
    ...(bare.length > 0 ? [`no-text-on-pages: ${ranges(bare)}`] : []),
    ...(broken.length > 0 ? [`broken-pages: ${ranges(broken)}`] : []),
  ]
}

/** 1, 2, 3, 7 -> "1-3, 7". */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = []
  for (const number of numbers) {
    const last = parts.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else parts.push([number, number])
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

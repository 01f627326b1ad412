import { CFB, read, type WorkBook, type WorkSheet } from '@e965/xlsx'
import { TanboxError } from '../errors.ts'
import type { Block, ParsedDocument, Unit } from '../model.ts'
import { openArchive } from './archive.ts'
import { refuseOle } from './ole.ts'
import type { ParseLimits, Parser } from './parser.ts'
import { titleInProperties } from './pdf/title.ts'
import { type Grid, readSheet } from './sheet.ts'

/** Widest sheet that is read, in columns. */
const maxColumns = 500

/** Excel workbooks: one unit per visible sheet, cells as Excel shows them. */
export const xlsx: Parser = {
  async parse(bytes, { limits, onProgress }): Promise<ParsedDocument> {
    refuseOle(bytes, 'Excel')
    const book = workbookOf(bytes, limits)
    const hidden: string[] = []
    const cut: string[] = []
    const units: Unit[] = []
    const blocks: Block[] = []
    let title = titleInProperties(book.Props?.Title)
    if (book.SheetNames.length > limits.maxPages)
      throw new TanboxError('file-too-many-pages', String(limits.maxPages))
    let room = limits.maxText
    for (const [i, name] of book.SheetNames.entries()) {
      onProgress?.(i, book.SheetNames.length)
      const sheet = book.Sheets[name]
      if (book.Workbook?.Sheets?.[i]?.Hidden) hidden.push(name)
      else if (sheet) {
        if (isCut(sheet, limits.maxRows)) cut.push(name)
        const {
          unit,
          blocks: found,
          title: line,
        } = readSheet(gridOf(name, sheet, limits.maxRows), units.length, room)
        room -= unit.text.length
        title ??= line
        units.push(unit)
        for (const block of found) blocks.push(block)
      }
      delete book.Sheets[name] // the largest workbooks take their memory one sheet at a time
    }
    if (blocks.every((block) => block.kind === 'heading')) throw new TanboxError('file-no-text')
    return {
      ...(title ? { title } : {}),
      units,
      blocks,
      pages: units.length,
      warnings: [
        ...(hidden.length > 0 ? [`hidden-sheets-left-out: ${hidden.join(', ')}`] : []),
        ...(cut.length > 0 ? [`rows-left-out: ${limits.maxRows} (${cut.join(', ')})`] : []),
      ],
    }
  },
}

/**
 * SheetJS would inflate every entry of an archive without a limit. It is handed a new archive of the XML parts
 * alone, inflated under our limits and stored as they are.
 */
function workbookOf(bytes: Uint8Array, limits: ParseLimits): WorkBook {
  const archive = openArchive(bytes, 'Excel', limits)
  const parts = CFB.utils.cfb_new()
  for (const name of archive.names) {
    const wanted = /\.(?:xml|rels)$/i.test(name) && !/^xl\/(?:media|drawings|charts|embeddings)\//i.test(name)
    if (wanted) CFB.utils.cfb_add(parts, `/${name}`, Buffer.from(archive.read(name) ?? []))
  }
  return read(CFB.write(parts, { fileType: 'zip', type: 'buffer', compression: false }), {
    type: 'buffer',
    dense: true,
    sheetRows: limits.maxRows + 1,
    cellFormula: false,
    cellHTML: false,
    cellNF: false,
    // The short date of the system (format 14), as Excel shows it in China.
    dateNF: 'yyyy/m/d',
  })
}

function gridOf(name: string, sheet: WorkSheet, maxRows: number): Grid {
  const data = (sheet['!data'] ?? []).slice(0, maxRows)
  return {
    name,
    rows: data.map((row) =>
      row
        ?.slice(0, maxColumns)
        .map((cell) => (cell && cell.t !== 'z' ? (cell.w ?? String(cell.v ?? '')) : undefined)),
    ),
    merges: (sheet['!merges'] ?? []).map(({ s, e }) => ({ top: s.r, left: s.c, bottom: e.r, right: e.c })),
  }
}

const isCut = (sheet: WorkSheet, maxRows: number): boolean => (sheet['!data']?.length ?? 0) > maxRows

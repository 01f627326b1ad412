import type { Block, ParsedDocument, TableCell } from '../../src/model.ts'

/** Builds a flowing text whose blocks point into it, as a parser would. */
export function textDocument(
  blocks: readonly ({ heading: string; level?: number } | { text: string })[],
): ParsedDocument {
  let text = ''
  const made: Block[] = blocks.map((block) => {
    const words = 'heading' in block ? block.heading : block.text
    const span = { unit: 0, start: text.length, end: text.length + words.length }
    text += `${words}\n`
    return 'heading' in block
      ? { kind: 'heading', level: block.level ?? 1, spans: [span] }
      : { kind: 'paragraph', spans: [span] }
  })
  return { units: [{ kind: 'text', label: '', text }], blocks: made, pages: 1, warnings: [] }
}

/** A sheet with one table; its first row is the header. */
export function sheetDocument(name: string, rows: readonly (readonly string[])[]): ParsedDocument {
  let text = ''
  const cells: TableCell[][] = rows.map((row, y) =>
    row.map((cell, x) => {
      const start = text.length
      text += `${cell}\t`
      return { unit: 0, start, end: start + cell.length, ref: `${String.fromCharCode(65 + x)}${y + 1}` }
    }),
  )
  return {
    units: [{ kind: 'sheet', label: name, text }],
    blocks: [{ kind: 'table', spans: [], table: { headerRows: 1, rows: cells } }],
    pages: 1,
    warnings: [],
  }
}

/** Stands in for the model's tokenizer where only lengths matter: a token for every character or Latin word. */
export async function countTokens(texts: string[]): Promise<number[]> {
  return texts.map((text) => text.match(/[a-z0-9]+|\S/gi)?.length ?? 0)
}

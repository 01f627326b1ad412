import type { ParsedDocument, Span } from '../../src/model.ts'

/** What every parsed document must keep; the first breach in words, or null. */
export function breachOf(document: ParsedDocument): string | null {
  for (const [i, unit] of document.units.entries()) {
    let last = 0
    for (const item of unit.items ?? []) {
      if (item.start < last || item.end <= item.start || item.end > unit.text.length)
        return `item of unit ${i}`
      if (item.rect.some((share) => !(share >= 0 && share <= 1))) return `rectangle of unit ${i}`
      last = item.end
    }
  }
  for (const [i, block] of document.blocks.entries()) {
    if ((block.kind === 'table') !== (block.table !== undefined)) return `table of block ${i}`
    if (block.kind !== 'table' && block.spans.length === 0) return `block ${i} has no text`
    if (block.kind === 'heading' && !(block.level! >= 1 && block.level! <= 6)) return `level of block ${i}`
    const wrong = [...block.spans, ...(block.table?.rows.flat() ?? [])].find(
      (span) => !isInside(span, document),
    )
    if (wrong) return `span ${JSON.stringify(wrong)} of block ${i}`
    if (block.spans.some((span) => span.start === span.end)) return `empty span in block ${i}`
    if (!areApart(block.spans)) return `overlapping spans in block ${i}`
    if (block.table && !(block.table.headerRows >= 0 && block.table.headerRows <= block.table.rows.length)) {
      return `header of block ${i}`
    }
  }
  return null
}

function isInside({ unit, start, end }: Span, { units }: ParsedDocument): boolean {
  const length = units[unit]?.text.length
  return length !== undefined && Number.isInteger(start) && start >= 0 && start <= end && end <= length
}

/** In reading order, which in a PDF need not be that of the file; no character stands in a block twice. */
function areApart(spans: readonly Span[]): boolean {
  const sorted = spans.toSorted((a, b) => a.unit - b.unit || a.start - b.start)
  return sorted.every(
    (span, i) => i === 0 || sorted[i - 1]!.unit < span.unit || sorted[i - 1]!.end <= span.start,
  )
}

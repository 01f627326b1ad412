/** A table of this many rows is built whole; of a longer one this many are. */
const limit = 300

/**
 * Which body rows [from, to) of a table to build: all of a short one; of a long one those around the quoted row
 * (-1 when none is quoted), and `extra` more below. Header rows are shown besides.
 */
export function rowsToShow(
  rows: number,
  headerRows: number,
  quoted: number,
  extra: number,
): { from: number; to: number } {
  const first = Math.min(headerRows, rows)
  if (rows - first <= limit) return { from: first, to: rows }
  const from = quoted < 0 ? first : Math.min(Math.max(first, quoted - limit / 2), rows - limit)
  return { from, to: Math.min(rows, from + limit + extra) }
}

const numeric = /^[\s\d.,，%％+\-—–~～至/:：()（）¥$€]*$/u

/**
 * How many leading rows of a table name its columns, judged from their text: a first row over the whole width (the
 * table's title), then a row of short cells that are no numbers. 0 where nothing says so.
 */
export function headerRowsOf(rows: readonly (readonly string[])[]): number {
  const filled = (row: readonly string[] | undefined) =>
    (row ?? []).map((cell) => cell.trim()).filter((cell) => cell !== '')
  const width = Math.max(...rows.slice(0, 20).map((row) => filled(row).length))
  let header = filled(rows[0]).length === 1 && width > 1 ? 1 : 0
  const names = filled(rows[header])
  if (rows.length <= header + 1 || names.length < 2 || names.length < width * 0.6)
    return header === 1 && rows.length > 1 ? 1 : 0
  if (names.some((name) => name.length > 40 || numeric.test(name))) return header
  header++
  return header
}

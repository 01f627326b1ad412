/** Tables in columns of a terminal, where a Chinese character takes two. */

export interface Column {
  title: string
  /** The table stays within the terminal: longer text is cut, with an ellipsis. */
  most: number
  align?: 'right'
}

/**
 * Lines, the titles first. No column is wider than its content needs. Where the terminal has not so many columns each
 * row is a paragraph of its own.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room: number,
): string[] {
  const widths = columns.map(({ title, most }, at) =>
    Math.min(most, Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at]!)))),
  )
  if (widths.reduce((sum, width) => sum + width + 1, -1) > room) return paragraphs(columns, rows)
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, at) => fitted(cell, widths[at]!, columns[at]!.align === 'right'))
      .join(' ')
      .trimEnd()
  return [columns.map(({ title }) => title), ...rows].map(lineOf)
}

/** The first cell, and below it what the others are called and say, uncut. */
function paragraphs(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const [, ...others] = columns
  const name = Math.max(...others.map(({ title }) => widthOf(title)))
  return rows.flatMap(([first, ...cells]) => [
    first!,
    ...cells.flatMap((cell, at) => (cell === '' ? [] : [`  ${padEnd(others[at]!.title, name)}  ${cell}`])),
  ])
}

export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += columnsOf(character)
  return width
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

function fitted(text: string, width: number, right: boolean): string {
  const cut = cutTo(text, width)
  const space = ' '.repeat(width - widthOf(cut))
  return right ? space + cut : cut + space
}

function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let cut = ''
  for (const character of text) {
    if (widthOf(cut) + columnsOf(character) > width - 1) break
    cut += character
  }
  return `${cut}…`
}

/** East Asian Wide and Fullwidth, and emoji; marks that stand on the one before take none. */
function columnsOf(character: string): number {
  if (/\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(character)) return 0
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
    character,
  )
    ? 2
    : 1
}

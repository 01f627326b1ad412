/** Columns of a text in a terminal: Chinese, Japanese, Korean characters and full-width signs take two. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += isWide(character.codePointAt(0)!) ? 2 : 1
  return width
}

function isWide(point: number): boolean {
  return (
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0x20000 && point <= 0x3fffd)
  )
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(1, width - widthOf(text)))
}

/** What may stand at the end of a line: one word, or one Chinese character with the signs that may not begin a line. */
const pieces = /[\u2e80-\u9fff\uff00-\uff60][，。；：、！？）】”]*|[^\s\u2e80-\u9fff\uff00-\uff60]+|\s+/gu

/**
 * Breaks a text at `columns`, further lines set in by `indent`. A word that is longer (a key, an address) is not
 * broken: whoever copies it gets it whole.
 * @param columns 0 for a reader without a width
 */
export function wrap(text: string, columns: number, indent = 0): string {
  if (columns <= indent + 20) return text
  const lines: string[] = []
  let line = ''
  for (const piece of text.match(pieces) ?? []) {
    const room = columns - (lines.length > 0 ? indent : 0)
    const fitsAlone = widthOf(piece) <= columns - indent
    if (line.trim() !== '' && fitsAlone && widthOf(line + piece.trimEnd()) > room) {
      lines.push(line.trimEnd())
      line = piece.trimStart()
    } else line += piece
  }
  return [...lines, line.trimEnd()].join(`\n${' '.repeat(indent)}`)
}

/** Spreadsheet address of a cell, both counted from 0: (0, 0) is A1. */
export function cellAddress(row: number, column: number): string {
  let letters = ''
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(65 + (rest % 26)) + letters
  }
  return `${letters}${row + 1}`
}

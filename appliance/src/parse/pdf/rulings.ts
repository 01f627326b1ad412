import { OPS } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { type Quarter, turn } from './page.ts'

/** A ruled line of a table: at `at` across the direction it runs in, from `from` to `to`, in points. */
export interface Ruling {
  at: number
  from: number
  to: number
}

export interface Rulings {
  /** Along u, `at` is v. */
  rows: Ruling[]
  /** Along v, `at` is u. */
  columns: Ruling[]
}

/** What is used of pdf.js' operator list. */
export interface OperatorList {
  fnArray: readonly number[]
  argsArray: readonly unknown[]
}

type Matrix = readonly [number, number, number, number, number, number]
/** Ends of a straight stroke in PDF units. */
type Stroke = [x0: number, y0: number, x1: number, y1: number]

/** Thicker fills are grounds, not lines (points). */
const thickest = 3
/** Smaller fills are bullets and ornaments. */
const leastGround = 10
/** More strokes than this on one page are a drawing. */
const mostStrokes = 20_000

const strokes = new Set<number>([OPS.stroke, OPS.closeStroke])
const fills = new Set<number>([OPS.fill, OPS.eoFill])
const both = new Set<number>([OPS.fillStroke, OPS.eoFillStroke, OPS.closeFillStroke, OPS.closeEOFillStroke])

/**
 * The straight horizontal and vertical lines that a page draws: strokes, thin filled boxes, and the edges of
 * coloured grounds, with which tables from web pages and slides do without lines.
 */
export function rulingsOf(operators: OperatorList, view: readonly number[], quarter: Quarter): Rulings {
  const [left = 0, bottom = 0, right = 612, top = 792] = view
  const size = { width: right - left, height: top - bottom }
  const rulings: Rulings = { rows: [], columns: [] }
  for (const [x0, y0, x1, y1] of strokesOf(operators)) {
    const [ua, va] = turn(x0 - left, top - y0, quarter, size)
    const [ub, vb] = turn(x1 - left, top - y1, quarter, size)
    const across = Math.abs(ub - ua)
    const down = Math.abs(vb - va)
    if (across > 4 && down < 1.5) {
      rulings.rows.push({ at: (va + vb) / 2, from: Math.min(ua, ub), to: Math.max(ua, ub) })
    } else if (down > 4 && across < 1.5) {
      rulings.columns.push({ at: (ua + ub) / 2, from: Math.min(va, vb), to: Math.max(va, vb) })
    }
  }
  return { rows: joined(rulings.rows), columns: joined(rulings.columns) }
}

/** Follows the transformations and yields every straight stroke that is painted. */
function strokesOf({ fnArray, argsArray }: OperatorList): Stroke[] {
  const found: Stroke[] = []
  const stack: Matrix[] = []
  let matrix: Matrix = [1, 0, 0, 1, 0, 0]
  let white = false
  for (const [i, operator] of fnArray.entries()) {
    const args = argsArray[i] as unknown[]
    switch (operator) {
      case OPS.save:
        stack.push(matrix)
        break
      case OPS.restore:
      case OPS.paintFormXObjectEnd:
        matrix = stack.pop() ?? matrix
        break
      case OPS.transform:
        matrix = times(matrix, args as unknown as Matrix)
        break
      case OPS.paintFormXObjectBegin:
        stack.push(matrix)
        if (args[0]) matrix = times(matrix, args[0] as Matrix)
        break
      case OPS.setFillRGBColor:
        white = isWhite(args)
        break
      case OPS.constructPath:
        paint(args as [number, [ArrayLike<number> | null]], matrix, white, found)
        if (found.length > mostStrokes) return []
        break
    }
  }
  return found
}

function paint(
  [operator, [path]]: [number, [ArrayLike<number> | null]],
  matrix: Matrix,
  white: boolean,
  found: Stroke[],
): void {
  if (!path) return
  if (strokes.has(operator) || both.has(operator)) {
    for (const stroke of edges(path)) found.push(moved(stroke, matrix))
  }
  if (fills.has(operator) || both.has(operator)) {
    for (const box of boxes(path)) {
      const [x0, y0, x1, y1] = moved(box, matrix)
      const width = Math.abs(x1 - x0)
      const height = Math.abs(y1 - y0)
      if (height <= thickest && width > height) found.push([x0, (y0 + y1) / 2, x1, (y0 + y1) / 2])
      else if (width <= thickest && height > width) found.push([(x0 + x1) / 2, y0, (x0 + x1) / 2, y1])
      else if (!white && width >= leastGround && height >= leastGround) {
        found.push([x0, y0, x1, y0], [x0, y1, x1, y1], [x0, y0, x0, y1], [x1, y0, x1, y1])
      }
    }
  }
}

/** pdf.js gives a colour as '#rrggbb'. White grounds lie under text that was recognised on a scan. */
const isWhite = ([colour]: unknown[]): boolean =>
  typeof colour === 'string' && /^#f[a-f]f[a-f]f[a-f]$/i.test(colour)

/** Numbers that follow each of pdf.js' drawing operators: moveTo, lineTo, curveTo, quadraticCurveTo, closePath. */
const argumentCounts = [2, 2, 6, 4, 0]

/** Straight edges of a path, closing ones included. */
function* edges(path: ArrayLike<number>): Generator<Stroke> {
  let [startX, startY, x, y] = [0, 0, 0, 0]
  for (const [operator, at] of steps(path)) {
    const count = argumentCounts[operator]!
    const nextX = count > 0 ? path[at + count - 2]! : startX
    const nextY = count > 0 ? path[at + count - 1]! : startY
    if (operator === 0) [startX, startY] = [nextX, nextY]
    if (operator === 1 || operator === 4) yield [x, y, nextX, nextY]
    x = nextX
    y = nextY
  }
}

/** The boxes around each subpath: exact for the rectangles that tables are filled with. */
function* boxes(path: ArrayLike<number>): Generator<Stroke> {
  let box: Stroke | null = null
  for (const [operator, at] of steps(path)) {
    if (operator === 0) {
      if (box) yield box
      box = null
    }
    for (let i = at; i < at + argumentCounts[operator]!; i += 2) {
      const x = path[i]!
      const y = path[i + 1]!
      box = box
        ? [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)]
        : [x, y, x, y]
    }
  }
  if (box) yield box
}

/** Each operator of a path with the place of its arguments. An unknown operator ends the walk. */
function* steps(path: ArrayLike<number>): Generator<[operator: number, at: number]> {
  for (let i = 0; i < path.length; ) {
    const operator = path[i]!
    const count = argumentCounts[operator]
    if (count === undefined) return
    yield [operator, i + 1]
    i += 1 + count
  }
}

function times([a, b, c, d, e, f]: Matrix, [a2, b2, c2, d2, e2, f2]: Matrix): Matrix {
  return [
    a * a2 + c * b2,
    b * a2 + d * b2,
    a * c2 + c * d2,
    b * c2 + d * d2,
    a * e2 + c * f2 + e,
    b * e2 + d * f2 + f,
  ]
}

function moved([x0, y0, x1, y1]: Stroke, [a, b, c, d, e, f]: Matrix): Stroke {
  return [a * x0 + c * y0 + e, b * x0 + d * y0 + f, a * x1 + c * y1 + e, b * x1 + d * y1 + f]
}

/** Pieces of one line made whole: programs draw a table's lines cell by cell, often twice. */
function joined(rulings: Ruling[]): Ruling[] {
  const whole: Ruling[] = []
  // Sorted by place, then start; pieces within a point and a half of each other lie on one line.
  const sorted = rulings.toSorted((a, b) => a.at - b.at || a.from - b.from)
  for (let i = 0; i < sorted.length; ) {
    const line: Ruling[] = []
    const { at } = sorted[i]!
    while (i < sorted.length && sorted[i]!.at - at <= 1.5) line.push(sorted[i++]!)
    let current: Ruling | null = null
    for (const piece of line.sort((a, b) => a.from - b.from)) {
      if (current && piece.from - current.to <= 3) {
        current.to = Math.max(current.to, piece.to)
      } else {
        current = { ...piece }
        whole.push(current)
      }
    }
  }
  return whole
}

import type { ErrorCode } from '../errors.ts'
import type { Block, FileType, ParsedDocument, Unit } from '../model.ts'
import type { ParseLimits } from './parser.ts'

/** What the pool asks of a child: read one file. A child reads one file at a time. */
export interface ParseRequest {
  path: string
  name: string
  type: FileType
  limits: ParseLimits
}

/**
 * What a child says, in this order: any number of `progress`, then either `failed`, or the document in slices
 * (`units`, `blocks`) closed by `done`. Slices keep the parent's event loop free: the largest documents take
 * hundreds of milliseconds to deserialise in one piece.
 */
export type ParseMessage =
  | { type: 'progress'; done: number; total: number }
  | { type: 'units'; units: Unit[] }
  | { type: 'blocks'; blocks: Block[] }
  | { type: 'done'; rest: Omit<ParsedDocument, 'units' | 'blocks'> }
  | { type: 'failed'; code: ErrorCode; detail: string; cause: string }

/** Cuts a document into messages of about `weight` pieces (text items, spans, thousands of characters). */
export function* slices(document: ParsedDocument, weight = 4000): Generator<ParseMessage> {
  for (const units of batches(document.units, weight, weightOfUnit)) yield { type: 'units', units }
  for (const blocks of batches(document.blocks, weight, weightOfBlock)) yield { type: 'blocks', blocks }
  const { units: _units, blocks: _blocks, ...rest } = document
  yield { type: 'done', rest }
}

const weightOfUnit = (unit: Unit): number => 1 + (unit.items?.length ?? 0) + unit.text.length / 1000

function weightOfBlock(block: Block): number {
  const cells = block.table?.rows.reduce((sum, row) => sum + row.length, 0) ?? 0
  return 1 + block.spans.length + cells
}

function* batches<T>(all: T[], weight: number, weigh: (one: T) => number): Generator<T[]> {
  let batch: T[] = []
  let sum = 0
  for (const one of all) {
    batch.push(one)
    sum += weigh(one)
    if (sum < weight) continue
    yield batch
    batch = []
    sum = 0
  }
  if (batch.length > 0) yield batch
}

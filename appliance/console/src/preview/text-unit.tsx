import { useEffect, useRef } from 'react'
import type { Block } from '../../../src/model.ts'
import type { UnitView } from '../api/shapes.ts'
import { Marked } from './marked.tsx'
import { scrollToMark } from './scroll-to-mark.ts'
import type { Range } from './spans.ts'
import { TableBlock } from './table-block.tsx'

/** A document that is not a PDF, as its text and structure: headings, lists, tables, code. Quoted words are marked. */
export function TextUnit({ unit, ranges }: { unit: UnitView; ranges: Range[] }) {
  const view = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: scroll when another place or text is shown
  useEffect(() => {
    const mark = view.current?.querySelector('mark')
    if (mark) scrollToMark(mark)
  }, [unit, ranges])
  const shown = unit.blocks.some(
    (block) => block.table || block.spans.some((span) => span.unit === unit.ordinal),
  )
  return (
    <div ref={view} className="space-y-3 text-16 leading-[1.75]" data-unit={unit.ordinal}>
      {shown ? (
        unit.blocks.map((block, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a unit never change their order
          <BlockView key={index} block={block} unit={unit} ranges={ranges} />
        ))
      ) : (
        <p className="whitespace-pre-wrap">
          <Marked text={unit.text} start={0} end={unit.text.length} ranges={ranges} />
        </p>
      )}
    </div>
  )
}

function BlockView({ block, unit, ranges }: { block: Block; unit: UnitView; ranges: Range[] }) {
  if (block.table) return <TableBlock table={block.table} unit={unit} ranges={ranges} />
  // A line of Latin words that goes on in the next one needs a space between; Chinese does not.
  const text = block.spans
    .filter((span) => span.unit === unit.ordinal)
    .map((span, index, spans) => (
      <span key={span.start}>
        {index > 0 &&
          (block.kind === 'code' ? '\n' : gapBetween(unit.text, spans[index - 1]!.end, span.start))}
        <Marked text={unit.text} start={span.start} end={span.end} ranges={ranges} />
      </span>
    ))
  const level = Math.min(6, Math.max(1, block.level ?? 1))
  switch (block.kind) {
    case 'heading': {
      // The page's own heading is h1, so those of a document begin one below.
      const Heading = `h${Math.min(6, level + 1)}` as 'h2'
      return <Heading className={`pt-2 font-semibold ${headingSizes[level - 1]}`}>{text}</Heading>
    }
    case 'list-item':
      return (
        <p className="flex gap-2" style={{ paddingInlineStart: `${(level - 1) * 1.5}rem` }}>
          <span aria-hidden="true" className="text-muted">
            •
          </span>
          <span className="min-w-0">{text}</span>
        </p>
      )
    case 'code':
      return <pre className="overflow-x-auto rounded bg-sunken px-4 py-3 font-mono text-14">{text}</pre>
    default:
      return <p className="whitespace-pre-line">{text}</p>
  }
}

const headingSizes = ['text-24', 'text-20', 'text-16', 'text-16', 'text-16', 'text-16']

function gapBetween(text: string, end: number, start: number): string {
  return /[\w,.;:)]/.test(text.charAt(end - 1)) && /[\w(]/.test(text.charAt(start)) ? ' ' : ''
}

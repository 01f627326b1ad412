import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Table, TableCell } from '../../../src/model.ts'
import type { UnitView } from '../api/shapes.ts'
import { Button } from '../controls/button.tsx'
import { ScrollRegion } from '../controls/scroll-region.tsx'
import { Marked } from './marked.tsx'
import { rowsToShow } from './rows-to-show.ts'
import type { Range } from './spans.ts'

const moreAtOnce = 500

/** A table as a table; cells of a spreadsheet keep their addresses. Of a long one only the part around the quote is built. */
export function TableBlock({ table, unit, ranges }: { table: Table; unit: UnitView; ranges: Range[] }) {
  const { t } = useTranslation()
  const [extra, setExtra] = useState(0)
  const quoted = useMemo(
    () => table.rows.findIndex((row) => row.some((cell) => isQuoted(cell, unit, ranges))),
    [table, unit, ranges],
  )
  const { from, to } = rowsToShow(table.rows.length, table.headerRows, quoted, extra)
  const addressed = table.rows.some((row) => row.some((cell) => cell.ref !== undefined))
  const shown = [
    ...table.rows.slice(0, table.headerRows).entries(),
    ...table.rows.slice(from, to).map((row, i) => [from + i, row] as const),
  ]
  return (
    <figure className="space-y-2">
      <ScrollRegion label={t('preview.table')} className="overflow-x-auto rounded border border-line">
        <table className="w-max min-w-full border-collapse text-14">
          <tbody>
            {shown.map(([index, row]) => (
              <tr key={index} className={index < table.headerRows ? 'bg-raised font-semibold' : ''}>
                {addressed && (
                  <th
                    scope="row"
                    className="border border-line bg-raised px-2 py-1 text-end font-mono text-12 font-normal text-muted"
                  >
                    {row.find((cell) => cell.ref)?.ref?.replace(/^\D+/, '')}
                  </th>
                )}
                {row.map((cell, column) => (
                  <Cell
                    // biome-ignore lint/suspicious/noArrayIndexKey: cells stand where they stand
                    key={column}
                    header={index < table.headerRows}
                    cell={cell}
                    unit={unit}
                    ranges={ranges}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {to - from < table.rows.length - table.headerRows && (
        <figcaption className="flex flex-wrap items-center gap-3 text-14 text-muted">
          {t('preview.rowsShown', { from: from + 1, to, total: table.rows.length })}
          <Button onClick={() => setExtra(extra + moreAtOnce)}>{t('preview.moreRows')}</Button>
        </figcaption>
      )}
    </figure>
  )
}

function Cell({
  header,
  cell,
  unit,
  ranges,
}: {
  header: boolean
  cell: TableCell
  unit: UnitView
  ranges: Range[]
}) {
  const quoted = isQuoted(cell, unit, ranges)
  const Tag = header ? 'th' : 'td'
  return (
    <Tag
      scope={header ? 'col' : undefined}
      title={cell.ref}
      data-cell={cell.ref}
      className={`max-w-96 border border-line px-2.5 py-1 text-start align-top whitespace-pre-line ${quoted ? 'outline-2 -outline-offset-2 outline-primary' : ''}`}
    >
      {cell.unit === unit.ordinal && (
        <Marked text={unit.text} start={cell.start} end={cell.end} ranges={ranges} />
      )}
    </Tag>
  )
}

function isQuoted(cell: TableCell, unit: UnitView, ranges: readonly Range[]): boolean {
  return (
    cell.unit === unit.ordinal && ranges.some((range) => range.start < cell.end && cell.start < range.end)
  )
}

import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { UnitView } from '../api/shapes.ts'
import { Notice } from '../controls/notice.tsx'
import { paintPage } from './paint-page.ts'
import { scrollToMark } from './scroll-to-mark.ts'
import type { Range } from './spans.ts'
import type { PdfLibrary } from './use-pdf.ts'

/** Room for the page before its size is known: A4 upright. */
const a4 = 297 / 210

/** One page of a PDF, `width` CSS pixels wide, with the quoted words highlighted and in view. */
export function PdfPage({
  pdf,
  library,
  unit,
  width,
  ranges,
}: {
  pdf: PDFDocumentProxy
  library: PdfLibrary
  unit: UnitView
  width: number
  ranges: Range[]
}) {
  const { t } = useTranslation()
  const paper = useRef<HTMLDivElement>(null)
  const [painted, setPainted] = useState<{ ratio: number; agrees: boolean } | null>(null)
  const [failed, setFailed] = useState(false)
  const number = unit.ordinal + 1

  useEffect(() => {
    if (width === 0) return
    const leave = new AbortController()
    setFailed(false)
    paintPage(library, pdf, { number, width, text: unit.text, ranges, signal: leave.signal })
      .then((page) => {
        paper.current?.replaceChildren(page.element)
        setPainted({ ratio: page.height / page.width, agrees: page.textAgrees })
        // After React has given the paper its height.
        if (page.first) requestAnimationFrame(() => page.first && scrollToMark(page.first))
      })
      .catch(() => !leave.signal.aborted && setFailed(true))
    return () => leave.abort()
  }, [pdf, library, number, width, unit.text, ranges])

  const about = painted !== null && !painted.agrees && ranges.length > 0
  return (
    <div className="mx-auto" style={{ width }}>
      {failed && (
        <Notice tone="error" live>
          {t('preview.pageFailed', { n: number })}
        </Notice>
      )}
      {about && (
        <div className="mb-2">
          <Notice tone="warning">{t('preview.about')}</Notice>
        </div>
      )}
      <div
        className="relative bg-[#fff] shadow-raised ring-1 ring-line"
        style={{ height: width * (painted?.ratio ?? a4) }}
        data-page={number}
        data-painted={painted !== null}
      >
        <div ref={paper} className="h-full w-full" />
        {about && <StoredPlaces unit={unit} ranges={ranges} />}
      </div>
    </div>
  )
}

/** Where the box's own reading of the same bytes saw the quoted lines: framed, not marked, for it may differ from what is drawn. */
function StoredPlaces({ unit, ranges }: { unit: UnitView; ranges: Range[] }) {
  const near = (unit.items ?? []).filter((item) =>
    ranges.some((range) => item.start < range.end && range.start < item.end),
  )
  return near.map(({ start, rect: [x0, y0, x1, y1] }) => (
    <div
      key={start}
      className="absolute rounded border-2 border-dashed border-warning"
      style={{
        left: `${x0 * 100}%`,
        top: `${y0 * 100}%`,
        width: `${(x1 - x0) * 100}%`,
        height: `${(y1 - y0) * 100}%`,
      }}
    />
  ))
}

import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { documentUnit, documentView } from '../api/queries.ts'
import type { DocumentView } from '../api/shapes.ts'
import { Failure } from '../controls/failure.tsx'
import { Notice } from '../controls/notice.tsx'
import { ScrollRegion } from '../controls/scroll-region.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { PdfPage } from './pdf-page.tsx'
import { PreviewBar } from './preview-bar.tsx'
import { quotedWords } from './quoted-words.ts'
import { rangesIn, readSpans } from './spans.ts'
import { TextUnit } from './text-unit.tsx'
import { useElementWidth } from './use-element-width.ts'
import { usePdf } from './use-pdf.ts'

/** The original of a document, opened at `at` (spans as `writeSpans` writes them) with these words highlighted. */
export function Preview({ id, at }: { id: string; at: string | undefined }) {
  const view = useQuery(documentView(id))
  if (view.isPending)
    return (
      <div className="p-4">
        <Skeleton rows={10} rowClass="h-6" />
      </div>
    )
  if (view.isError)
    return (
      <div className="p-4">
        <Failure error={view.error} onRetry={() => void view.refetch()} />
      </div>
    )
  // Another place or document starts afresh: at its own page, at the usual size.
  return <OpenPreview key={`${id} ${at}`} view={view.data} at={at} />
}

function OpenPreview({ view, at }: { view: DocumentView; at: string | undefined }) {
  const { t } = useTranslation()
  const spans = useMemo(() => readSpans(at), [at])
  const [ordinal, setOrdinal] = useState(spans[0]?.unit ?? 0)
  const [zoom, setZoom] = useState(1)
  const ranges = useMemo(() => rangesIn(spans, ordinal), [spans, ordinal])
  const scroller = useRef<HTMLDivElement>(null)
  const marked = [...new Set(spans.map(({ unit }) => unit))]
  const known = view.units.some((unit) => unit.ordinal === ordinal)
  const turn = (next: number) => {
    setOrdinal(next)
    scroller.current?.scrollTo({ top: 0 })
  }
  return (
    <div className="flex h-full flex-col">
      <PreviewBar view={view} ordinal={ordinal} marked={marked} zoom={zoom} onTurn={turn} onZoom={setZoom} />
      <ScrollRegion
        ref={scroller}
        label={t('preview.content')}
        className="min-h-0 flex-1 overflow-auto bg-sunken p-3 sm:p-4"
        data-preview=""
      >
        {!known && <Notice tone="warning">{t('preview.noPlace')}</Notice>}
        {known && view.document.type === 'pdf' && (
          <PdfUnit id={view.document.id} ordinal={ordinal} zoom={zoom} ranges={ranges} />
        )}
        {known && view.document.type !== 'pdf' && (
          <PlainUnit id={view.document.id} ordinal={ordinal} zoom={zoom} ranges={ranges} />
        )}
      </ScrollRegion>
    </div>
  )
}

/** A page wider than this is tiring to read at full size (CSS pixels). */
const widestPage = 900

/** On a narrower screen a whole page is too small to read the quoted words in (CSS pixels). */
const legible = 480

interface UnitProps {
  id: string
  ordinal: number
  zoom: number
  ranges: ReturnType<typeof rangesIn>
}

function PdfUnit({ id, ordinal, zoom, ranges }: UnitProps) {
  const { t } = useTranslation()
  const frame = useRef<HTMLDivElement>(null)
  const width = useElementWidth(frame)
  const unit = useQuery(documentUnit(id, ordinal))
  const loaded = usePdf(id)
  return (
    <div ref={frame}>
      {unit.isError && <Failure error={unit.error} onRetry={() => void unit.refetch()} />}
      {loaded.state === 'failed' && (
        <Notice tone="error" live>
          {t('preview.pdfFailed')}
        </Notice>
      )}
      {(unit.isPending || loaded.state === 'loading') && <Skeleton rows={1} rowClass="aspect-[210/297]" />}
      {unit.isSuccess && width > 0 && width < legible && ranges.length > 0 && (
        <QuotedWords text={unit.data.text} ranges={ranges} />
      )}
      {unit.isSuccess && loaded.state === 'open' && (
        <PdfPage
          pdf={loaded.pdf}
          library={loaded.library}
          unit={unit.data}
          width={Math.round(Math.min(width, widestPage) * zoom)}
          ranges={ranges}
        />
      )}
    </div>
  )
}

function PlainUnit({ id, ordinal, zoom, ranges }: UnitProps) {
  const unit = useQuery(documentUnit(id, ordinal))
  if (unit.isPending) return <Skeleton rows={12} rowClass="h-6" />
  if (unit.isError) return <Failure error={unit.error} onRetry={() => void unit.refetch()} />
  return (
    <article
      className="mx-auto max-w-3xl rounded bg-ground p-4 shadow-raised ring-1 ring-line sm:p-8"
      style={{ zoom }}
    >
      <TextUnit unit={unit.data} ranges={ranges} />
    </article>
  )
}

/** The quoted words once more above a page that is too small to read. */
function QuotedWords({ text, ranges }: { text: string; ranges: UnitProps['ranges'] }) {
  return (
    <blockquote className="mb-3 rounded border-s-4 border-highlight bg-ground px-3 py-2 text-16">
      {quotedWords(text, ranges)}
    </blockquote>
  )
}

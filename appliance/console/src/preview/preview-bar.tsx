import { useTranslation } from 'react-i18next'
import type { DocumentView } from '../api/shapes.ts'
import { IconButton } from '../controls/button.tsx'
import { inputClass } from '../controls/field.tsx'
import { Icon } from '../controls/icons.tsx'

const zooms = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]

/** Turning pages, jumping between quoted places, zoom, and the original file. `marked`: units that hold highlights. */
export function PreviewBar({
  view,
  ordinal,
  marked,
  zoom,
  onTurn,
  onZoom,
}: {
  view: DocumentView
  ordinal: number
  marked: number[]
  zoom: number
  onTurn: (ordinal: number) => void
  onZoom: (zoom: number) => void
}) {
  const { t } = useTranslation()
  const { units, document } = view
  const at = units.findIndex((unit) => unit.ordinal === ordinal)
  const names: Record<DocumentView['units'][number]['kind'], (label: string) => string> = {
    page: (n) => t('at.page', { n }),
    slide: (n) => t('at.slide', { n }),
    sheet: (name) => name,
    text: () => t('at.text'),
  }
  const step = zooms.indexOf(zoom)
  const turnTo = (index: number) => units[index] && onTurn(units[index].ordinal)
  return (
    <div
      role="toolbar"
      aria-label={t('preview.bar')}
      className="flex shrink-0 flex-wrap items-center border-b border-line bg-ground px-1"
    >
      {units.length > 1 && (
        <>
          <IconButton
            icon="back"
            label={t('preview.previous')}
            disabled={at <= 0}
            onClick={() => turnTo(at - 1)}
          />
          <select
            aria-label={t('preview.jump')}
            className={`${inputClass} min-h-9 max-w-32 sm:max-w-48`}
            value={ordinal}
            onChange={(event) => onTurn(Number(event.target.value))}
          >
            {units.map((unit) => (
              <option key={unit.ordinal} value={unit.ordinal}>
                {names[unit.kind](unit.label)}
                {marked.includes(unit.ordinal) ? ` ${t('preview.quotedHere')}` : ''}
              </option>
            ))}
          </select>
          <span className="ps-2 text-12 text-muted tabular-nums">
            {t('preview.of', { total: units.length })}
          </span>
          <IconButton
            icon="forward"
            label={t('preview.next')}
            disabled={at < 0 || at >= units.length - 1}
            onClick={() => turnTo(at + 1)}
          />
        </>
      )}
      <span className="ms-auto flex items-center">
        <IconButton
          icon="zoomOut"
          label={t('preview.smaller')}
          disabled={step <= 0}
          onClick={() => onZoom(zooms[step - 1]!)}
        />
        <span className="w-11 text-center text-12 text-muted tabular-nums max-sm:hidden">
          {Math.round(zoom * 100)}%
        </span>
        <IconButton
          icon="zoomIn"
          label={t('preview.larger')}
          disabled={step >= zooms.length - 1}
          onClick={() => onZoom(zooms[step + 1]!)}
        />
        <a
          href={`/api/documents/${encodeURIComponent(document.id)}/original`}
          download={document.name}
          aria-label={t('preview.download')}
          title={t('preview.download')}
          className="inline-flex size-10 items-center justify-center rounded text-muted hover:bg-sunken hover:text-text"
        >
          <Icon name="download" />
        </a>
      </span>
    </div>
  )
}

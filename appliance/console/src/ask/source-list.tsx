import { useTranslation } from 'react-i18next'
import type { PlacedCitation } from '../../../src/model.ts'
import { usePlace } from '../format/use-place.ts'
import type { OpenCitation } from './citation-chip.tsx'

/** The sources of an answer, each quoted place once, in the order of their numbers. */
export function SourceList({ citations, onOpen }: { citations: PlacedCitation[]; onOpen: OpenCitation }) {
  const { t } = useTranslation()
  const place = usePlace()
  const once = new Map(citations.map((citation) => [`${citation.number} ${citation.quote}`, citation]))
  const sources = [...once.values()].sort((a, b) => a.number - b.number)
  if (sources.length === 0) return null
  return (
    <div className="mt-4">
      <h3 className="mb-1 text-12 font-medium text-muted">{t('answer.sources')}</h3>
      <ol className="grid grid-cols-1 gap-2 sm:grid-cols-2">
        {sources.map((citation) => (
          <li key={`${citation.number} ${citation.quote}`}>
            <button
              type="button"
              onClick={() => onOpen(citation)}
              className="flex h-full w-full flex-col justify-start rounded border border-line px-3 py-2 text-start text-14 transition-colors hover:border-primary hover:bg-raised lg:text-12"
            >
              <span className="flex w-full items-baseline gap-2">
                <span className="font-medium text-primary tabular-nums">{citation.number}</span>
                <span className="min-w-0 flex-1 truncate font-medium">
                  {citation.source.title || citation.source.name}
                </span>
              </span>
              <span className="block w-full truncate text-muted">
                {place(citation.locator, citation.headings, citation.spans)}
              </span>
              <span className="mt-0.5 line-clamp-2">{citation.quote}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  )
}

import { useTranslation } from 'react-i18next'
import type { Citation, SentPassage } from '../../../src/model.ts'
import { usePlace } from '../format/use-place.ts'
import { Why } from '../search/why.tsx'
import type { OpenCitation } from './citation-chip.tsx'

/** A passage that was handed to the writer: where it stands, why it was found, whether it was cited. */
export function SentPassageItem({
  passage,
  citations,
  onOpen,
}: {
  passage: SentPassage
  citations: Citation[]
  onOpen: OpenCitation
}) {
  const { t } = useTranslation()
  const place = usePlace()
  return (
    <li className="rounded border border-line">
      <details className="group">
        <summary className="list-none rounded px-3 py-2 text-14 hover:bg-raised [&::-webkit-details-marker]:hidden">
          <span className="flex items-baseline gap-2">
            <span className="font-medium text-primary tabular-nums">{passage.number}</span>
            <span className="min-w-0 flex-1 font-medium">{passage.source.title || passage.source.name}</span>
            {citations.length > 0 && (
              <span className="rounded-full bg-primary-soft px-2 text-12 whitespace-nowrap text-primary">
                {t('trace.cited')}
              </span>
            )}
          </span>
          <span className="block text-muted">{place(passage.locator, passage.headings)}</span>
          <Why score={passage.score} why={passage.why} />
        </summary>
        <p className="border-t border-line px-3 py-2 text-14 whitespace-pre-wrap">{passage.text}</p>
      </details>
      {citations.map((citation) => (
        <button
          key={citation.quote}
          type="button"
          onClick={() => onOpen(citation)}
          className="w-full border-t border-line px-3 py-2 text-start text-14 text-link hover:underline"
        >
          {t('trace.openQuote', { quote: citation.quote })}
        </button>
      ))}
    </li>
  )
}

import { useTranslation } from 'react-i18next'
import type { Citation } from '../../../src/model.ts'
import { usePlace } from '../format/use-place.ts'
import { QuoteCard } from './quote-card.tsx'
import { useResting } from './use-resting.ts'

export type OpenCitation = (citation: Citation) => void

/** The number behind a statement. One click opens the original at the quoted words; a mouse resting on it shows them. */
export function CitationChip({ citation, onOpen }: { citation: Citation; onOpen: OpenCitation }) {
  const { t } = useTranslation()
  const place = usePlace()
  const { resting, leave, ...handlers } = useResting()
  const where = place(citation.locator, citation.headings, citation.spans)
  const name = citation.source.title || citation.source.name
  return (
    <span className="whitespace-nowrap" {...handlers}>
      <button
        type="button"
        aria-label={t('answer.citation', { n: citation.number, name, where })}
        className="mx-0.5 inline-flex size-6 items-center justify-center rounded-full bg-primary-soft align-[0.1em] text-12 leading-none font-medium text-primary tabular-nums hover:bg-primary hover:text-on-primary"
        onClick={() => {
          leave()
          onOpen(citation)
        }}
        data-citation={citation.number}
      >
        {citation.number}
      </button>
      {resting && <QuoteCard near={resting} name={name} where={where} quote={citation.quote} />}
    </span>
  )
}

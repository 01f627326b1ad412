import { HoverCard } from 'radix-ui'
import { useTranslation } from 'react-i18next'
import type { Citation } from '../../../src/model.ts'
import { usePlace } from '../format/use-place.ts'

export type OpenCitation = (citation: Citation) => void

/** The number behind a statement. One click opens the original at the quoted words; resting on it shows them. */
export function CitationChip({ citation, onOpen }: { citation: Citation; onOpen: OpenCitation }) {
  const { t } = useTranslation()
  const place = usePlace()
  const where = place(citation.locator, citation.headings)
  const name = citation.source.title || citation.source.name
  return (
    <HoverCard.Root openDelay={250} closeDelay={100}>
      <HoverCard.Trigger asChild>
        <button
          type="button"
          aria-label={t('answer.citation', { n: citation.number, name, where })}
          className="mx-0.5 inline-flex size-6 items-center justify-center rounded-full bg-primary-soft align-[0.1em] text-12 leading-none font-medium text-primary tabular-nums hover:bg-primary hover:text-on-primary"
          onClick={() => onOpen(citation)}
          data-citation={citation.number}
        >
          {citation.number}
        </button>
      </HoverCard.Trigger>
      <HoverCard.Portal>
        <HoverCard.Content
          side="top"
          sideOffset={6}
          collisionPadding={12}
          className="z-40 max-w-96 rounded-lg border border-line bg-ground p-4 text-14 shadow-float animate-rise max-sm:hidden"
        >
          <p className="font-medium">{name}</p>
          <p className="text-12 text-muted">{where}</p>
          <blockquote className="mt-2 line-clamp-5 border-s-4 border-highlight ps-3">
            {citation.quote}
          </blockquote>
        </HoverCard.Content>
      </HoverCard.Portal>
    </HoverCard.Root>
  )
}

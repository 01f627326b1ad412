import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SearchResult } from '../api/shapes.ts'
import { TypeMark } from '../documents/type-mark.tsx'
import { usePlace } from '../format/use-place.ts'
import { Marked } from '../preview/marked.tsx'
import { writeSpans } from '../preview/spans.ts'
import { excerpt } from './excerpt.ts'
import { wordsIn } from './mark-words.ts'
import { Why } from './why.tsx'

/** Longer passages are folded to this many characters around the words of the question. */
const foldAt = 280

/** One passage that was found; its title opens the original at the very place. */
export function HitItem({
  hit,
  rank,
  question,
}: {
  hit: SearchResult['hits'][number]
  rank: number
  question: string
}) {
  const { t } = useTranslation()
  const place = usePlace()
  const [whole, setWhole] = useState(false)
  const { passage, source } = hit
  const words = useMemo(() => wordsIn(passage.text, question), [passage.text, question])
  const long = passage.text.length > foldAt
  const shown = whole ? { start: 0, end: passage.text.length } : excerpt(passage.text, words, foldAt)
  return (
    <li className="rounded-lg border border-line p-4" data-hit={rank}>
      <div className="flex items-start gap-3">
        <TypeMark type={source.type} />
        <div className="min-w-0 flex-1">
          <h2 className="text-16 leading-snug font-medium">
            <Link
              to="/documents/$id"
              params={{ id: source.id }}
              search={{ at: writeSpans(hit.spans) }}
              className="text-link hover:underline"
            >
              {source.title || source.name}
            </Link>
          </h2>
          <p className="text-14 text-muted lg:text-12">
            {source.path} · {place(passage.locator, passage.headings)}
          </p>
        </div>
        <span className="text-14 text-muted tabular-nums">#{rank}</span>
      </div>
      <p className="mt-2 whitespace-pre-wrap">
        {shown.start > 0 && '…'}
        <Marked text={passage.text} start={shown.start} end={shown.end} ranges={words} />
        {shown.end < passage.text.length && '…'}
      </p>
      {long && (
        <button
          type="button"
          className="min-h-6 text-14 text-link hover:underline"
          aria-expanded={whole}
          onClick={() => setWhole(!whole)}
        >
          {whole ? t('search.less') : t('search.more')}
        </button>
      )}
      <Why score={hit.score} why={hit.why} />
    </li>
  )
}

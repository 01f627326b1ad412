import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer, SentPassage } from '../../../src/model.ts'
import { durationText, timeText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'
import type { OpenCitation } from './citation-chip.tsx'
import { SentBytes } from './sent-bytes.tsx'
import { SentPassageItem } from './sent-passage-item.tsx'
import { useWriter } from './use-writer.ts'

/** How an answer came about: what was searched, what was found and why, what left the box, who wrote, how long it took. */
export function Provenance({ answer, onOpen }: { answer: Answer; onOpen: OpenCitation }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const writer = useWriter()
  const { timings, usage } = answer
  const cited = (passage: SentPassage) =>
    answer.citations.filter((citation) => citation.number === passage.number)
  return (
    <div className="space-y-6 p-4 sm:p-6">
      <Part title={t('trace.search')}>
        <Facts
          rows={[
            [t('trace.question'), answer.question],
            [t('trace.searched'), answer.searched],
          ]}
        />
      </Part>
      <Part title={t('trace.passages', { count: answer.passages.length })}>
        {answer.passages.length === 0 ? (
          <p className="text-muted">{t('trace.noPassages')}</p>
        ) : (
          <ol className="space-y-2">
            {answer.passages.map((passage) => (
              <SentPassageItem
                key={passage.number}
                passage={passage}
                citations={cited(passage)}
                onOpen={onOpen}
              />
            ))}
          </ol>
        )}
      </Part>
      <Part title={t('trace.sent')}>
        <SentBytes receipt={answer.receipt} />
      </Part>
      <Part title={t('trace.writer')}>
        <Facts
          rows={[
            [t('trace.via'), writer(answer)],
            [t('trace.model'), answer.model],
            [t('trace.fallback'), answer.fallback ? answer.fallback[language] : null],
            [
              t('trace.usage'),
              usage &&
                t(usage.exact ? 'trace.tokens' : 'trace.tokensAbout', {
                  prompt: usage.promptTokens,
                  completion: usage.completionTokens,
                }),
            ],
            [t('trace.dropped'), String(answer.dropped)],
            [t('trace.unsupported'), String(answer.unsupported.length)],
            [t('trace.answeredAt'), timeText(answer.createdAt, language)],
          ]}
        />
      </Part>
      <Part title={t('trace.timings')}>
        <Facts
          rows={[
            [t('trace.searchMs'), durationText(timings.searchMs)],
            [t('trace.promptMs'), durationText(timings.promptMs)],
            [
              t('trace.firstTokenMs'),
              timings.firstTokenMs === null ? null : durationText(timings.firstTokenMs),
            ],
            [t('trace.totalMs'), durationText(timings.totalMs)],
          ]}
        />
      </Part>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 text-16 font-semibold">{title}</h3>
      {children}
    </section>
  )
}

/** Names and values; a value that is not known (null) leaves its row out. */
function Facts({ rows }: { rows: [name: string, value: string | null][] }) {
  return (
    <dl className="grid gap-x-6 gap-y-1 text-14 sm:grid-cols-[max-content_1fr]">
      {rows.map(([name, value]) =>
        value === null ? null : (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="max-sm:mb-1">{value}</dd>
          </div>
        ),
      )}
    </dl>
  )
}

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../../../src/model.ts'
import { Button } from '../controls/button.tsx'
import { CopyButton } from '../controls/copy-button.tsx'
import { ReasonText } from '../controls/failure.tsx'
import { Notice } from '../controls/notice.tsx'
import { Sheet } from '../controls/sheet.tsx'
import { durationText } from '../format/figures.ts'
import { AnswerBody } from './answer-body.tsx'
import type { OpenCitation } from './citation-chip.tsx'
import { Provenance } from './provenance.tsx'
import { Question } from './question.tsx'
import { SourceList } from './source-list.tsx'
import { useWriter } from './use-writer.ts'

/** A finished answer: what was asked, what is known, where it stands, and how it came about. */
export function AnswerCard({ answer, onOpen }: { answer: Answer; onOpen: OpenCitation }) {
  const { t } = useTranslation()
  const [tracing, setTracing] = useState(false)
  const writer = useWriter()(answer)
  const { firstTokenMs, totalMs } = answer.timings
  const made = [
    answer.text === '' ? null : writer,
    firstTokenMs === null ? null : t('answer.firstWord', { time: durationText(firstTokenMs) }),
    t('answer.inAll', { time: durationText(totalMs) }),
  ]
  return (
    <article className="space-y-3" data-answer={answer.id} data-outcome={answer.outcome}>
      <Question text={answer.question} />
      <div className="min-w-0">
        <Outcome answer={answer} />
        {answer.text !== '' && (
          <AnswerBody
            text={answer.text}
            citations={answer.citations}
            unsupported={answer.unsupported}
            onOpen={onOpen}
          />
        )}
        {answer.unsupported.length > 0 && (
          <p className="mt-3 text-14 text-warning lg:text-12">{t('answer.unsupportedLegend')}</p>
        )}
        <SourceList citations={answer.citations} onOpen={onOpen} />
        <footer className="-ms-2.5 mt-2 flex flex-wrap items-center gap-x-1 text-12 text-muted">
          {answer.text !== '' && <CopyButton text={answer.text} />}
          <Button look="quiet" icon="trace" aria-haspopup="dialog" onClick={() => setTracing(true)}>
            {t('answer.trace')}
          </Button>
          <span className="ms-auto ps-2.5" data-made>
            {made.filter((part) => part !== null).join(' · ')}
          </span>
        </footer>
      </div>
      <Sheet open={tracing} onClose={() => setTracing(false)} title={t('trace.title')} side="end">
        <Provenance
          answer={answer}
          onOpen={(passage) => {
            setTracing(false)
            onOpen(passage)
          }}
        />
      </Sheet>
    </article>
  )
}

/** What the reader must know before the text: that it is not there, not whole, or not by the model. */
function Outcome({ answer }: { answer: Answer }) {
  const { t } = useTranslation()
  return (
    <div className="space-y-2 not-empty:mb-3">
      {answer.notice && (
        <Notice tone="warning">
          <ReasonText reason={answer.notice} />
        </Notice>
      )}
      {answer.fallback && (
        <Notice tone="info">
          <ReasonText reason={answer.fallback} />
        </Notice>
      )}
      {answer.outcome === 'not-in-documents' && (
        <Notice tone="info">
          <p className="font-semibold">{t('answer.notInDocuments')}</p>
          <p className="text-muted">{t('answer.notInDocumentsHint')}</p>
        </Notice>
      )}
      {answer.outcome === 'stopped' && <Notice tone="info">{t('answer.stopped')}</Notice>}
      {answer.outcome === 'incomplete' && <Notice tone="warning">{t('answer.incomplete')}</Notice>}
      {answer.outcome === 'failed' && <Notice tone="error">{t('answer.failed')}</Notice>}
    </div>
  )
}

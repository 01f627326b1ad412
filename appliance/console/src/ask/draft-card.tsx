import { useTranslation } from 'react-i18next'
import { Button } from '../controls/button.tsx'
import { ReasonText } from '../controls/failure.tsx'
import { Notice } from '../controls/notice.tsx'
import { AnswerBody } from './answer-body.tsx'
import type { OpenCitation } from './citation-chip.tsx'
import type { Draft } from './draft.ts'
import { Question } from './question.tsx'

/** An answer that is arriving, or one that never came. */
export function DraftCard({
  draft,
  onOpen,
  onAskAgain,
}: {
  draft: Draft
  onOpen: OpenCitation
  onAskAgain: () => void
}) {
  return (
    <article className="space-y-3" data-draft={draft.stage}>
      <Question text={draft.question} />
      <div className="min-w-0 space-y-3">
        {draft.notice && (
          <Notice tone="warning" live>
            <ReasonText reason={draft.notice} />
          </Notice>
        )}
        {draft.fallback && (
          <Notice tone="info" live>
            <ReasonText reason={draft.fallback} />
          </Notice>
        )}
        {draft.text !== '' && (
          <AnswerBody
            text={draft.text}
            citations={draft.citations}
            unsupported={draft.unsupported}
            onOpen={onOpen}
          />
        )}
        {draft.stage === 'failed' ? (
          <NotAnswered draft={draft} onAskAgain={onAskAgain} />
        ) : (
          <Stage draft={draft} />
        )}
      </div>
    </article>
  )
}

function NotAnswered({ draft, onAskAgain }: { draft: Draft; onAskAgain: () => void }) {
  const { t } = useTranslation()
  return (
    <Notice
      tone={draft.withdrawn ? 'info' : 'error'}
      live
      action={
        <Button icon="retry" onClick={onAskAgain}>
          {t('ask.again')}
        </Button>
      }
    >
      {draft.reason ? (
        <ReasonText reason={draft.reason} />
      ) : draft.withdrawn ? (
        t('answer.withdrawn')
      ) : (
        t('answer.torn')
      )}
    </Notice>
  )
}

/** What is happening now, in one line that is always there while something happens. */
function Stage({ draft }: { draft: Draft }) {
  const { t } = useTranslation()
  return (
    <p className="flex min-h-6 items-center gap-2 text-14 text-muted">
      <span className="size-2 rounded-full bg-primary animate-pulse-soft" aria-hidden="true" />
      {stageText()}
    </p>
  )

  function stageText(): string {
    if (draft.stage === 'stopping') return t('stage.stopping')
    if (draft.stage === 'writing') return t('stage.writing')
    if (draft.waiting?.state === 'reasoning') return t('stage.reasoning')
    if (draft.waiting?.state === 'queued' && draft.waiting.position)
      return t('stage.queuedAt', { n: draft.waiting.position })
    if (draft.stage === 'waiting') {
      const count = draft.passages.length
      const { model } = draft
      return draft.via === 'gateway' ? t('stage.readingBy', { count, model }) : t('stage.reading', { count })
    }
    return t('stage.searching')
  }
}

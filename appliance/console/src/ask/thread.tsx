import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { conversation, conversations } from '../api/queries.ts'
import type { ConversationView } from '../api/shapes.ts'
import { Failure } from '../controls/failure.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { useLanguage } from '../i18n/use-language.ts'
import { announce } from '../shell/announcer.tsx'
import { AnswerCard } from './answer-card.tsx'
import { ask, forgetDraft, stopAsking, useDraft } from './asking.ts'
import type { OpenCitation } from './citation-chip.tsx'
import { Composer } from './composer.tsx'
import { type Draft, isUnderWay } from './draft.ts'
import { DraftCard } from './draft-card.tsx'
import { FirstQuestion } from './first-question.tsx'
import { useStickToEnd } from './use-stick-to-end.ts'

/** One conversation with the composer under it; without an id, a new one. */
export function Thread({ id, onOpen }: { id: string | undefined; onOpen: OpenCitation }) {
  const { t } = useTranslation()
  const draft = useDraft()
  const askHere = useAsk(id)
  const own = draft && (draft.conversation ?? undefined) === id ? draft : null
  // A conversation that is just beginning holds nothing yet that could be read.
  const beginning = own?.first === true && isUnderWay(own)
  const stored = useQuery({ ...conversation(id ?? ''), enabled: id !== undefined && !beginning })
  const answers = stored.data?.answers ?? []
  // The stored answer takes the draft's place as soon as it is there.
  const shownDraft = own && !answers.some((answer) => answer.id === own.answer) ? own : null
  const busy = draft !== null && isUnderWay(draft)
  const field = useRef<HTMLTextAreaElement>(null)
  const scroller = useStickToEnd(
    `${id} ${answers.length} ${shownDraft?.question}`,
    shownDraft?.text.length ?? 0,
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation, another start
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus({ preventScroll: true })
  }, [id])

  const empty = answers.length === 0 && !shownDraft
  return (
    <>
      <div ref={scroller} data-thread="" className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-3xl space-y-8 px-4 py-6">
          {stored.isPending && id !== undefined && !beginning && <Skeleton rows={4} rowClass="h-24" />}
          {stored.isError && !beginning && (
            <Failure error={stored.error} onRetry={() => void stored.refetch()} />
          )}
          {empty && id === undefined && <FirstQuestion onAsk={askHere} />}
          {answers.map((answer) => (
            <AnswerCard key={answer.id} answer={answer} onOpen={onOpen} />
          ))}
          {shownDraft && (
            <DraftCard draft={shownDraft} onOpen={onOpen} onAskAgain={() => askHere(shownDraft.question)} />
          )}
        </div>
      </div>
      <div className="mx-auto w-full max-w-3xl shrink-0 px-4 pb-3">
        <Composer
          busy={busy}
          stopping={draft?.stage === 'stopping'}
          field={field}
          onAsk={askHere}
          onStop={() => {
            void stopAsking()
            field.current?.focus()
          }}
        />
        <p className="mt-1 text-center text-12 text-muted max-lg:hidden">{t('ask.keys')}</p>
      </div>
    </>
  )
}

/** Asking in conversation `id` (undefined: a new one), with what must follow in the address, the cache and the ear. */
function useAsk(id: string | undefined): (question: string) => void {
  const { t } = useTranslation()
  const language = useLanguage()
  const client = useQueryClient()
  const navigate = useNavigate()
  const router = useRouter()

  function onStarted(draft: Draft) {
    void client.invalidateQueries({ queryKey: conversations.queryKey, exact: true })
    const waitingHere = router.state.location.pathname === '/ask'
    if (draft.first && waitingHere)
      void navigate({
        to: '/ask/$conversation',
        params: { conversation: draft.conversation! },
        replace: true,
      })
  }

  async function onEnded(draft: Draft) {
    const { finished } = draft
    if (draft.conversation !== null) {
      const { queryKey } = conversation(draft.conversation)
      if (finished) {
        client.setQueryData<ConversationView>(
          queryKey,
          (known) =>
            known && {
              ...known,
              answers: [...known.answers.filter(({ id }) => id !== finished.id), finished],
            },
        )
      }
      await client.invalidateQueries({ queryKey })
      void client.invalidateQueries({ queryKey: conversations.queryKey, exact: true })
    }
    if (finished) {
      announce(
        finished.outcome === 'not-in-documents'
          ? t('answer.notInDocuments')
          : t('answer.announced', { text: finished.text }),
      )
      // Only when the conversation has it: until then the draft is what the reader sees.
      const stored = client.getQueryData<ConversationView>(conversation(finished.conversation).queryKey)
      if (stored?.answers.some((answer) => answer.id === finished.id)) forgetDraft()
    }
  }

  return (question) =>
    void ask(
      question,
      { conversation: id ?? null, language },
      { onStarted, onEnded: (draft) => void onEnded(draft) },
    )
}

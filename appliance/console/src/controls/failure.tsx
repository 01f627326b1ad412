import { useTranslation } from 'react-i18next'
import type { Reason } from '../../../src/model.ts'
import { CallFailure } from '../api/request.ts'
import { useLanguage } from '../i18n/use-language.ts'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'

/** The sentence for a failed call in the reader's language: the box's own reason, else that the box was not reached. */
export function useFailureSentence(): (error: unknown) => string {
  const { t } = useTranslation()
  const language = useLanguage()
  return (error) => {
    if (!(error instanceof CallFailure)) return t('failure.unexpected')
    if (error.reason) return error.reason[language]
    return error.status === 0 ? t('failure.unreachable') : t('failure.status', { status: error.status })
  }
}

/** A failed read with a way to try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  const sentence = useFailureSentence()
  return (
    <Notice
      tone="error"
      live
      action={
        onRetry && (
          <Button icon="retry" onClick={onRetry}>
            {t('action.retry')}
          </Button>
        )
      }
    >
      {sentence(error)}
    </Notice>
  )
}

/** A reason of the box in the reader's language. */
export function ReasonText({ reason }: { reason: Reason }) {
  return reason[useLanguage()]
}

import { useRouter } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button } from '../controls/button.tsx'
import { Empty } from '../controls/empty.tsx'
import { useFailureSentence } from '../controls/failure.tsx'

/** Stands in for a page that could not be shown: the box is not reachable, or the page itself failed. */
export function CrashPage({ error }: { error: unknown }) {
  const { t } = useTranslation()
  const router = useRouter()
  const sentence = useFailureSentence()
  return (
    <main>
      <Empty
        heading="h1"
        icon="warning"
        title={t('crash.title')}
        action={
          <Button look="primary" icon="retry" onClick={() => void router.invalidate()}>
            {t('action.retry')}
          </Button>
        }
      >
        <p role="alert">{sentence(error)}</p>
      </Empty>
    </main>
  )
}

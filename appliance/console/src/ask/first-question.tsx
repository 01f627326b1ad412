import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { boxStatus } from '../api/queries.ts'
import { buttonClass } from '../controls/button.tsx'
import { Empty } from '../controls/empty.tsx'

/** Before the first question: what can be asked, or where documents go when there are none yet. */
export function FirstQuestion({ onAsk }: { onAsk: (question: string) => void }) {
  const { t } = useTranslation()
  const status = useQuery(boxStatus)
  if (status.data?.counts.documents === 0) {
    return (
      <Empty
        icon="documents"
        title={t('ask.noDocuments')}
        action={
          <Link to="/documents" className={buttonClass('primary')}>
            {t('ask.addDocuments')}
          </Link>
        }
      >
        {t('ask.noDocumentsHint', { folder: status.data.dropFolder })}
      </Empty>
    )
  }
  return (
    <Empty
      icon="ask"
      title={t('ask.title')}
      action={
        <ul className="mt-2 grid w-full gap-2">
          {[t('ask.example1'), t('ask.example2'), t('ask.example3')].map((example) => (
            <li key={example}>
              <button
                type="button"
                className="min-h-11 w-full rounded border border-line px-4 py-2 text-start hover:border-primary hover:bg-raised"
                onClick={() => onAsk(example)}
              >
                {example}
              </button>
            </li>
          ))}
        </ul>
      }
    >
      {t('ask.hint')}
    </Empty>
  )
}

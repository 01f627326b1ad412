import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { buttonClass } from '../controls/button.tsx'
import { Empty } from '../controls/empty.tsx'

export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <main>
      <Empty
        heading="h1"
        icon="search"
        title={t('notFound.title')}
        action={
          <Link to="/ask" className={buttonClass('primary')}>
            {t('notFound.home')}
          </Link>
        }
      >
        {t('notFound.hint')}
      </Empty>
    </main>
  )
}

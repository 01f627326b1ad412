import { useTranslation } from 'react-i18next'
import type { Reason } from '../../../src/model.ts'
import { ReasonText } from '../controls/failure.tsx'
import { Notice } from '../controls/notice.tsx'
import type { Cause, Health } from './health.ts'

/** Health in one word, and the reasons when it is not "well"; `gateway` is what the box knows of that one. */
export function HealthBanner({ health, gateway }: { health: Health; gateway: Reason | null }) {
  const { t } = useTranslation()
  if (health.word !== 'limited') {
    return (
      <Notice tone="good">
        <p className="text-20 font-semibold" data-health={health.word}>
          {health.word === 'well' ? t('health.well') : t('health.working')}
        </p>
      </Notice>
    )
  }
  const sentences: Record<Cause, string> = {
    gateway: t('health.gateway'),
    ledger: t('health.ledger'),
    folder: t('health.folder'),
  }
  return (
    <Notice tone="warning">
      <p className="text-20 font-semibold" data-health="limited">
        {t('health.limited')}
      </p>
      <ul>
        {health.causes.map((cause) => (
          <li key={cause}>
            {cause === 'gateway' && gateway ? (
              <>
                <ReasonText reason={gateway} /> {t('health.quoting')}
              </>
            ) : (
              sentences[cause]
            )}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

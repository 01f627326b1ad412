import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { boxStatus } from '../api/queries.ts'
import { Failure } from '../controls/failure.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { Page } from '../shell/page.tsx'
import { healthOf } from './health.ts'
import { HealthBanner } from './health-banner.tsx'
import { ServiceCards } from './service-cards.tsx'
import { SettingsTable } from './settings-table.tsx'

/** Health of the box: in one word, then by part, then every setting and where it came from. */
export function StatusPage() {
  const { t } = useTranslation()
  const status = useQuery({ ...boxStatus, refetchInterval: 5000 })
  return (
    <Page title={t('status.title')}>
      {status.isPending && <Skeleton rows={4} rowClass="h-28" />}
      {status.isError && <Failure error={status.error} onRetry={() => void status.refetch()} />}
      {status.data && !status.isError && (
        <>
          <HealthBanner health={healthOf(status.data)} gateway={status.data.services.gateway.problem} />
          <ServiceCards status={status.data} />
        </>
      )}
      {/* Not before what stands above it, so that it does not jump. */}
      {!status.isPending && <SettingsTable />}
    </Page>
  )
}

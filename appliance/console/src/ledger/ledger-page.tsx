import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ledgerPage } from '../api/queries.ts'
import { call } from '../api/request.ts'
import type { LedgerVerdict } from '../api/shapes.ts'
import { Button } from '../controls/button.tsx'
import { CopyButton } from '../controls/copy-button.tsx'
import { Empty } from '../controls/empty.tsx'
import { Failure } from '../controls/failure.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { countText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'
import { Page } from '../shell/page.tsx'
import { EntryTable } from './entry-table.tsx'
import { Verdict } from './verdict.tsx'
import { Witnesses } from './witnesses.tsx'

/** The box's own chain: its head, its entries, and whether it holds. */
export function LedgerPage() {
  const { t } = useTranslation()
  const language = useLanguage()
  const pages = useInfiniteQuery(ledgerPage)
  const verify = useMutation({ mutationFn: () => call<LedgerVerdict>('POST', '/api/ledger/verify') })
  const newest = pages.data?.pages[0]
  const entries = pages.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Page
      title={t('ledger.title')}
      aside={
        <Button look="primary" icon="check" disabled={verify.isPending} onClick={() => verify.mutate()}>
          {verify.isPending ? t('ledger.verifying') : t('ledger.verify')}
        </Button>
      }
    >
      <p className="max-w-prose text-muted">{t('ledger.lead')}</p>
      {verify.isError && <Failure error={verify.error} onRetry={() => verify.mutate()} />}
      {verify.data && <Verdict verdict={verify.data} />}
      {pages.isPending && <Skeleton rows={6} rowClass="h-12" />}
      {pages.isError && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {newest && <Witnesses page={newest} />}
      {newest && (
        <dl className="grid gap-x-6 gap-y-2 rounded-lg border border-line bg-raised p-4 text-14 sm:grid-cols-[6rem_1fr] sm:items-baseline">
          <dt className="text-muted">{t('ledger.origin')}</dt>
          <dd className="break-all">{newest.origin}</dd>
          <dt className="text-muted">{t('ledger.size')}</dt>
          <dd className="tabular-nums" data-ledger-size={newest.size}>
            {countText(newest.size, language)}
          </dd>
          {newest.size > 0 && (
            <>
              <dt className="text-muted">{t('ledger.head')}</dt>
              <dd className="flex flex-wrap items-center gap-2">
                <code className="font-mono text-12 break-all">{newest.head}</code>
                <CopyButton text={newest.head} />
              </dd>
            </>
          )}
        </dl>
      )}
      {newest && entries.length === 0 && (
        <Empty icon="ledger" title={t('ledger.none')}>
          {t('ledger.noneHint')}
        </Empty>
      )}
      {newest && entries.length > 0 && <EntryTable entries={entries} page={newest} />}
      {pages.hasNextPage && (
        <div className="text-center">
          <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t('ledger.older')}
          </Button>
        </div>
      )}
    </Page>
  )
}

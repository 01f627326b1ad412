import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type DocumentFilter, documents } from '../api/queries.ts'
import { Button } from '../controls/button.tsx'
import { Empty } from '../controls/empty.tsx'
import { Failure } from '../controls/failure.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { Page } from '../shell/page.tsx'
import { DocumentFilters } from './document-filters.tsx'
import { DocumentItem } from './document-item.tsx'
import { DropZone } from './drop-zone.tsx'
import { ReadingProgress } from './reading-progress.tsx'
import { useProgress } from './use-progress.ts'

export function DocumentsPage() {
  const { t } = useTranslation()
  const [filter, setFilter] = useState<DocumentFilter>({ state: 'all', q: '' })
  const progress = useProgress()
  const list = useInfiniteQuery({ ...documents(filter), placeholderData: (previous) => previous })
  useRefreshAlong(
    progress ? `${progress.done} ${progress.failed} ${progress.total} ${progress.current.join()}` : '',
  )

  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  const total = list.data?.pages[0]?.total ?? 0
  const filtered = filter.state !== 'all' || filter.q !== ''
  return (
    <Page title={t('documents.title')}>
      <DropZone />
      <ReadingProgress progress={progress} />
      <DocumentFilters filter={filter} onChange={setFilter} total={list.data ? total : null} />
      {list.isPending && <Skeleton rows={6} rowClass="h-16" />}
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess &&
        rows.length === 0 &&
        (filtered ? (
          <Empty
            icon="search"
            title={t('documents.noneMatch')}
            action={
              <Button onClick={() => setFilter({ state: 'all', q: '' })}>{t('documents.showAll')}</Button>
            }
          >
            {t('documents.noneMatchHint')}
          </Empty>
        ) : (
          <Empty icon="documents" title={t('documents.none')}>
            {t('documents.noneHint')}
          </Empty>
        ))}
      {rows.length > 0 && (
        <ul aria-label={t('documents.title')} className="divide-y divide-line rounded-lg border border-line">
          {rows.map((row) => (
            <DocumentItem key={row.id} row={row} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <div className="text-center">
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('documents.more', { left: total - rows.length })}
          </Button>
        </div>
      )}
    </Page>
  )
}

const refreshEveryMs = 1000

/** Reads the list again while the box moves on: soon after a change, and never more than once a second. */
function useRefreshAlong(state: string): void {
  const client = useQueryClient()
  const due = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    // Changes come faster than that while a folder is read; one that is due already covers them.
    if (state === '' || due.current !== undefined) return
    due.current = setTimeout(() => {
      due.current = undefined
      void client.invalidateQueries({ queryKey: ['documents'] })
    }, refreshEveryMs)
  }, [state, client])
  useEffect(
    () => () => {
      clearTimeout(due.current)
      due.current = undefined
    },
    [],
  )
}

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/request.ts'
import type { SearchResult } from '../api/shapes.ts'
import { Button } from '../controls/button.tsx'
import { Empty } from '../controls/empty.tsx'
import { Failure } from '../controls/failure.tsx'
import { inputClass } from '../controls/field.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { durationText } from '../format/figures.ts'
import { Page } from '../shell/page.tsx'
import { HitItem } from './hit-item.tsx'
import { filtersOf, type SearchAddress } from './search-address.ts'
import { SearchFilters } from './search-filters.tsx'

const route = getRouteApi('/inside/search')

/** Retrieval on its own: passages by meaning and by words, each saying why it was found. */
export function SearchPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const address = route.useSearch()
  const query = address.q ?? ''
  const [typed, setTyped] = useState(query)
  useEffect(() => setTyped(query), [query])
  const found = useQuery({
    queryKey: ['search', address],
    enabled: query !== '',
    queryFn: ({ signal }) =>
      call<SearchResult>(
        'POST',
        '/api/search',
        { query, limit: 20, ...(filtersOf(address) ? { filters: filtersOf(address) } : {}) },
        signal,
      ),
  })
  const go = (next: SearchAddress) => void navigate({ to: '/search', search: next })
  function submit(event: FormEvent) {
    event.preventDefault()
    const { q: _, ...filters } = address
    go(typed.trim() === '' ? filters : { ...filters, q: typed.trim() })
  }
  return (
    <Page title={t('search.title')}>
      <search>
        <form onSubmit={submit} className="flex gap-2">
          <input
            type="search"
            aria-label={t('search.field')}
            placeholder={t('search.placeholder')}
            className={`${inputClass} min-h-11 min-w-0 flex-1`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button type="submit" look="primary" icon="search" className="shrink-0">
            {t('search.submit')}
          </Button>
        </form>
      </search>
      <SearchFilters address={address} onChange={go} />
      {query === '' && (
        <Empty icon="search" title={t('search.empty')}>
          {t('search.emptyHint')}
        </Empty>
      )}
      {query !== '' && found.isPending && <Skeleton rows={5} rowClass="h-32" />}
      {found.isError && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <>
          <p className="text-14 text-muted" role="status">
            {t('search.found', { count: found.data.hits.length, time: durationText(found.data.tookMs) })}
          </p>
          {found.data.hits.length === 0 && (
            <Empty icon="search" title={t('search.none')}>
              {t('search.noneHint')}
            </Empty>
          )}
          <ol className="space-y-3">
            {found.data.hits.map((hit, index) => (
              <HitItem key={hit.passage.id + hit.source.id} hit={hit} rank={index + 1} question={query} />
            ))}
          </ol>
        </>
      )}
    </Page>
  )
}

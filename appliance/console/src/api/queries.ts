import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { BoxStatus, ConversationRow, DocumentRow, SourceState } from '../../../src/model.ts'
import { call } from './request.ts'
import type {
  ConversationView,
  DocumentPage,
  DocumentView,
  LedgerPage,
  SettingRow,
  UnitView,
} from './shapes.ts'

/** Every read of the console, with its key. What changes data invalidates by these keys. */

export const boxStatus = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => call<BoxStatus>('GET', '/api/status', undefined, signal),
})

export const settings = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => call<{ settings: SettingRow[] }>('GET', '/api/config', undefined, signal),
})

export const conversations = queryOptions({
  queryKey: ['conversations'],
  queryFn: ({ signal }) => call<{ items: ConversationRow[] }>('GET', '/api/conversations', undefined, signal),
})

export const conversation = (id: string) =>
  queryOptions({
    queryKey: ['conversations', id],
    queryFn: ({ signal }) =>
      call<ConversationView>('GET', `/api/conversations/${encodeURIComponent(id)}`, undefined, signal),
  })

export interface DocumentFilter {
  state: SourceState | 'all'
  q: string
}

export const documents = (filter: DocumentFilter) =>
  infiniteQueryOptions({
    queryKey: ['documents', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '50' })
      if (filter.state !== 'all') query.set('state', filter.state)
      if (filter.q !== '') query.set('q', filter.q)
      if (pageParam !== '') query.set('after', pageParam)
      return call<DocumentPage>('GET', `/api/documents?${query}`, undefined, signal)
    },
    getNextPageParam: (page) => page.next ?? undefined,
  })

export const documentRow = (id: string) =>
  queryOptions({
    queryKey: ['document', id],
    queryFn: ({ signal }) =>
      call<DocumentRow>('GET', `/api/documents/${encodeURIComponent(id)}`, undefined, signal),
  })

// A document's text changes only with its bytes; a reader who has it open keeps what was cited.
export const documentView = (id: string) =>
  queryOptions({
    queryKey: ['document', id, 'view'],
    queryFn: ({ signal }) =>
      call<DocumentView>('GET', `/api/documents/${encodeURIComponent(id)}/view`, undefined, signal),
  })

export const documentUnit = (id: string, ordinal: number) =>
  queryOptions({
    queryKey: ['document', id, 'unit', ordinal],
    queryFn: ({ signal }) =>
      call<UnitView>('GET', `/api/documents/${encodeURIComponent(id)}/units/${ordinal}`, undefined, signal),
  })

export const ledgerPage = infiniteQueryOptions({
  queryKey: ['ledger'],
  initialPageParam: '',
  queryFn: ({ pageParam, signal }) =>
    call<LedgerPage>(
      'GET',
      `/api/ledger?limit=50${pageParam === '' ? '' : `&before=${pageParam}`}`,
      undefined,
      signal,
    ),
  getNextPageParam: (page) => {
    const oldest = page.items.at(-1)
    return oldest && oldest.seq > 0 ? String(oldest.seq) : undefined
  },
})

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { documentView } from '../api/queries.ts'
import { Icon } from '../controls/icons.tsx'
import { Preview } from './preview.tsx'

const route = getRouteApi('/inside/documents/$id')

/** A document on a page of its own, from the list or from a search. */
export function DocumentPage() {
  const { t } = useTranslation()
  const { id } = route.useParams()
  const { at } = route.useSearch()
  const view = useQuery(documentView(id))
  const document = view.data?.document
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-14 items-center gap-2 border-b border-line px-2 lg:px-4">
        <Link
          to="/documents"
          aria-label={t('preview.toList')}
          className="inline-flex size-10 shrink-0 items-center justify-center rounded text-muted hover:bg-sunken"
        >
          <Icon name="back" />
        </Link>
        <div className="min-w-0">
          <h1 className="truncate text-16 font-semibold">
            {document ? document.title || document.name : t('loading')}
          </h1>
          <p className="h-5 truncate text-12 text-muted">{document?.path}</p>
        </div>
      </div>
      <div className="min-h-0 flex-1">
        <Preview id={id} at={at} />
      </div>
    </div>
  )
}

import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DocumentFilter } from '../api/queries.ts'
import { inputClass } from '../controls/field.tsx'
import { countText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'

/** Which documents to list: by state, and by a part of name or path. */
export function DocumentFilters({
  filter,
  onChange,
  total,
}: {
  filter: DocumentFilter
  onChange: (filter: DocumentFilter) => void
  total: number | null
}) {
  const { t } = useTranslation()
  const language = useLanguage()
  const [typed, setTyped] = useState(filter.q)
  useEffect(() => setTyped(filter.q), [filter.q])
  useEffect(() => {
    if (typed === filter.q) return
    const timer = setTimeout(() => onChange({ ...filter, q: typed }), 250)
    return () => clearTimeout(timer)
  }, [typed, filter, onChange])
  return (
    <div className="flex flex-wrap items-center gap-3">
      <input
        type="search"
        aria-label={t('documents.filterName')}
        placeholder={t('documents.filterName')}
        className={`${inputClass} min-h-11 max-w-72 min-w-0 flex-1 basis-44`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <select
        aria-label={t('documents.filterState')}
        className={`${inputClass} min-h-11`}
        value={filter.state}
        onChange={(event) => onChange({ ...filter, state: event.target.value as DocumentFilter['state'] })}
      >
        <option value="all">{t('documents.allStates')}</option>
        <option value="ready">{t('state.ready')}</option>
        <option value="queued">{t('state.queued')}</option>
        <option value="reading">{t('state.reading')}</option>
        <option value="failed">{t('state.failed')}</option>
        <option value="offline">{t('state.offline')}</option>
      </select>
      <p className="ms-auto text-14 text-muted" aria-live="polite">
        {total !== null && t('documents.count', { count: total, shown: countText(total, language) })}
      </p>
    </div>
  )
}

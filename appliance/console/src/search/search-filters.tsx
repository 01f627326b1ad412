import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileType } from '../../../src/model.ts'
import { Button } from '../controls/button.tsx'
import { inputClass } from '../controls/field.tsx'
import { fileTypes, readSearch, type SearchAddress } from './search-address.ts'

/** Directs a search to kinds of files, a folder, a stretch of time. */
export function SearchFilters({
  address,
  onChange,
}: {
  address: SearchAddress
  onChange: (address: SearchAddress) => void
}) {
  const { t } = useTranslation()
  const set = (part: { [K in keyof SearchAddress]?: SearchAddress[K] | undefined }) =>
    onChange(readSearch({ ...address, ...part }))
  const chosen = address.types ?? []
  const toggle = (type: FileType) =>
    set({ types: chosen.includes(type) ? chosen.filter((known) => known !== type) : [...chosen, type] })
  const any =
    chosen.length > 0 ||
    address.folder !== undefined ||
    address.from !== undefined ||
    address.to !== undefined
  return (
    <fieldset className="flex flex-wrap items-end gap-x-4 gap-y-3 text-14">
      <legend className="sr-only">{t('search.filters')}</legend>
      <fieldset className="flex flex-wrap gap-1">
        <legend className="sr-only">{t('search.types')}</legend>
        {fileTypes.map((type) => (
          <button
            key={type}
            type="button"
            aria-pressed={chosen.includes(type)}
            onClick={() => toggle(type)}
            className="min-h-9 rounded-full border border-line-strong px-3 text-12 uppercase hover:bg-raised aria-pressed:border-primary aria-pressed:bg-primary aria-pressed:text-on-primary"
          >
            {type}
          </button>
        ))}
      </fieldset>
      <FolderFilter value={address.folder ?? ''} onChange={(folder) => set({ folder })} />
      <label className="flex items-center gap-2 text-muted">
        {t('search.from')}
        <input
          type="date"
          className={`${inputClass} min-h-9`}
          value={address.from ?? ''}
          max={address.to}
          onChange={(event) => set({ from: event.target.value })}
        />
      </label>
      <label className="flex items-center gap-2 text-muted">
        {t('search.to')}
        <input
          type="date"
          className={`${inputClass} min-h-9`}
          value={address.to ?? ''}
          min={address.from}
          onChange={(event) => set({ to: event.target.value })}
        />
      </label>
      {any && (
        <Button look="quiet" icon="close" onClick={() => onChange(address.q ? { q: address.q } : {})}>
          {t('search.clear')}
        </Button>
      )}
    </fieldset>
  )
}

function FolderFilter({ value, onChange }: { value: string; onChange: (folder: string) => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  return (
    <input
      aria-label={t('search.folder')}
      placeholder={t('search.folder')}
      className={`${inputClass} min-h-9 w-44`}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => typed !== value && onChange(typed)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        event.preventDefault()
        onChange(typed)
      }}
    />
  )
}

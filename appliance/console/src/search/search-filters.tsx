import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileType } from '../../../src/model.ts'
import { Button } from '../controls/button.tsx'
import { inputClass } from '../controls/field.tsx'
import { useWide } from '../shell/use-wide.ts'
import { fileTypes, filtersOf, readSearch, type SearchAddress } from './search-address.ts'

interface FiltersProps {
  address: SearchAddress
  onChange: (address: SearchAddress) => void
}

/** Directs a search to kinds of files, a folder, a stretch of time. On a phone folded away until asked for. */
export function SearchFilters(props: FiltersProps) {
  const { t } = useTranslation()
  const wide = useWide()
  const [unfolded, setUnfolded] = useState(false)
  if (wide) return <Filters {...props} />
  const active = Object.keys(filtersOf(props.address) ?? {}).length
  return (
    <div className="space-y-3">
      <Button look="quiet" icon="filter" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
        {active > 0 ? t('search.filtersActive', { count: active }) : t('search.filters')}
      </Button>
      {unfolded && <Filters {...props} />}
    </div>
  )
}

function Filters({ address, onChange }: FiltersProps) {
  const { t } = useTranslation()
  const set = (part: { [K in keyof SearchAddress]?: SearchAddress[K] | undefined }) =>
    onChange(readSearch({ ...address, ...part }))
  return (
    <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-3 text-14">
      <legend className="sr-only">{t('search.filters')}</legend>
      <TypeFilter chosen={address.types ?? []} onChange={(types) => set({ types })} />
      <FolderFilter value={address.folder ?? ''} onChange={(folder) => set({ folder })} />
      <div className="flex flex-wrap items-center gap-2">
        <DayFilter label={t('search.from')} value={address.from} onChange={(from) => set({ from })} />
        <DayFilter label={t('search.to')} value={address.to} onChange={(to) => set({ to })} />
      </div>
      {filtersOf(address) && (
        <Button look="quiet" icon="close" onClick={() => onChange(address.q ? { q: address.q } : {})}>
          {t('search.clear')}
        </Button>
      )}
    </fieldset>
  )
}

function TypeFilter({ chosen, onChange }: { chosen: FileType[]; onChange: (types: FileType[]) => void }) {
  const { t } = useTranslation()
  return (
    <fieldset className="flex flex-wrap gap-1">
      <legend className="sr-only">{t('search.types')}</legend>
      {fileTypes.map((type) => (
        <button
          key={type}
          type="button"
          aria-pressed={chosen.includes(type)}
          onClick={() =>
            onChange(chosen.includes(type) ? chosen.filter((one) => one !== type) : [...chosen, type])
          }
          className="min-h-9 rounded-full border border-line-strong px-3 text-12 uppercase hover:bg-raised aria-pressed:border-primary aria-pressed:bg-primary aria-pressed:text-on-primary"
        >
          {type}
        </button>
      ))}
    </fieldset>
  )
}

function DayFilter({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (day: string) => void
}) {
  return (
    <label className="flex items-center gap-2 text-muted">
      {label}
      <input
        type="date"
        className={`${inputClass} min-h-9`}
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
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
      className={`${inputClass} min-h-9 w-full sm:w-52`}
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

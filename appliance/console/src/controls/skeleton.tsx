import { useTranslation } from 'react-i18next'

/** Grey lines of the height that the content will have, so that nothing jumps when it comes. */
export function Skeleton({ rows, rowClass }: { rows: number; rowClass: string }) {
  const { t } = useTranslation()
  return (
    <div role="status" className="space-y-2">
      <span className="sr-only">{t('loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never reordered
        <div key={row} className={`animate-pulse-soft rounded bg-sunken ${rowClass}`} />
      ))}
    </div>
  )
}

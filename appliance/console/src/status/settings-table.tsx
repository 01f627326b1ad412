import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { settings } from '../api/queries.ts'
import type { SettingRow } from '../api/shapes.ts'
import { Failure } from '../controls/failure.tsx'
import { Skeleton } from '../controls/skeleton.tsx'

/** Every setting, its value and where it came from. Read only: settings are changed in the box's file or environment. */
export function SettingsTable() {
  const { t } = useTranslation()
  const list = useQuery(settings)
  const origins: Record<SettingRow['from'], string> = {
    default: t('settings.default'),
    file: t('settings.file'),
    environment: t('settings.environment'),
  }
  return (
    <section className="space-y-2 pt-4">
      <h2 className="text-20 font-semibold">{t('settings.title')}</h2>
      <p className="text-muted">{t('settings.lead')}</p>
      {list.isPending && <Skeleton rows={8} rowClass="h-10" />}
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && (
        <ul className="divide-y divide-line rounded-lg border border-line">
          {list.data.settings.map((setting) => (
            <li key={setting.name} className="grid gap-x-4 px-4 py-2 text-14 sm:grid-cols-[16rem_1fr_auto]">
              <code className="font-mono text-12 leading-6">{setting.name}</code>
              <div className="min-w-0">
                <p className="font-mono text-12 leading-6 break-all">
                  {setting.value === '' ? t('settings.none') : setting.value}
                </p>
                <p className="text-12 text-muted" lang="en">
                  {setting.description}
                </p>
              </div>
              <span
                className={`text-12 leading-6 ${setting.from === 'default' ? 'text-muted' : 'text-primary'}`}
              >
                {origins[setting.from]}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

import { useTranslation } from 'react-i18next'
import type { SourceState } from '../../../src/model.ts'
import { Icon, type IconName } from '../controls/icons.tsx'

const looks: Record<SourceState, { icon: IconName; look: string }> = {
  queued: { icon: 'wait', look: 'bg-sunken text-muted' },
  reading: { icon: 'wait', look: 'bg-sunken text-text' },
  ready: { icon: 'check', look: 'bg-primary-soft text-primary' },
  failed: { icon: 'warning', look: 'bg-error-soft text-error' },
  offline: { icon: 'pause', look: 'bg-warning-soft text-warning' },
}

/** The state of a document, by word, sign and colour. */
export function StateBadge({ state }: { state: SourceState }) {
  const { t } = useTranslation()
  const words: Record<SourceState, string> = {
    queued: t('state.queued'),
    reading: t('state.reading'),
    ready: t('state.ready'),
    failed: t('state.failed'),
    offline: t('state.offline'),
  }
  const { icon, look } = looks[state]
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-12 whitespace-nowrap ${look}`}
    >
      <Icon name={icon} size={14} className={`shrink-0 ${state === 'reading' ? 'animate-pulse-soft' : ''}`} />
      {words[state]}
    </span>
  )
}

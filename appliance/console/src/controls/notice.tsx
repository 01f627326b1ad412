import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'

const tones: Record<'info' | 'good' | 'warning' | 'error', { look: string; icon: IconName }> = {
  info: { look: 'border-line bg-raised', icon: 'info' },
  good: { look: 'border-primary bg-primary-soft', icon: 'check' },
  warning: { look: 'border-warning bg-warning-soft', icon: 'warning' },
  error: { look: 'border-error bg-error-soft', icon: 'warning' },
}

const inks = { info: 'text-muted', good: 'text-primary', warning: 'text-warning', error: 'text-error' }

/** A bordered remark: what happened, and beside it what can be done. */
export function Notice({
  tone,
  children,
  action,
  live = false,
}: {
  tone: keyof typeof tones
  children: ReactNode
  action?: ReactNode
  live?: boolean
}) {
  const { look, icon } = tones[tone]
  return (
    <div
      role={live ? (tone === 'error' ? 'alert' : 'status') : undefined}
      className={`flex flex-wrap items-center gap-x-3 gap-y-2 rounded border-s-4 px-3 py-2 text-14 ${look}`}
    >
      <Icon name={icon} className={`shrink-0 self-start mt-0.5 ${inks[tone]}`} />
      <div className="min-w-0 flex-1 basis-48">{children}</div>
      {action}
    </div>
  )
}

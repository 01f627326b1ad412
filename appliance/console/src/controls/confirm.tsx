import { AlertDialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { buttonClass } from './button.tsx'
import { InertPage } from './inert-page.tsx'

/** Asks before something that cannot be undone. `trigger` is the button that asks; focus returns to it. */
export function Confirm({
  trigger,
  title,
  children,
  action,
  onConfirm,
}: {
  trigger: ReactNode
  title: string
  children: ReactNode
  action: string
  onConfirm: () => void
}) {
  const { t } = useTranslation()
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <div className="fixed inset-0 z-40 bg-text/30 dark:bg-ground/70" aria-hidden="true" />
        <AlertDialog.Content className="fixed inset-x-4 top-1/4 z-50 mx-auto max-w-md rounded-lg bg-ground p-6 shadow-float outline-none animate-rise">
          <InertPage />
          <AlertDialog.Title className="text-16 font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted">{children}</AlertDialog.Description>
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel className={buttonClass('secondary')}>{t('action.cancel')}</AlertDialog.Cancel>
            <AlertDialog.Action className={buttonClass('danger')} onClick={onConfirm}>
              {action}
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.tsx'
import { InertPage } from './inert-page.tsx'

/**
 * A modal sheet: full screen on a phone, a drawer at the side on a desk. Focus moves in, stays in, and returns.
 *
 * Radix's own overlay is not used: it locks scrolling by writing a <style> element, which the policy forbids. The
 * backdrop below is a plain element, and `styles.css` stops the page from scrolling while a sheet is open.
 */
export function Sheet({
  open,
  onClose,
  title,
  side,
  width = 'sm:max-w-2xl',
  bar,
  children,
}: {
  open: boolean
  onClose: () => void
  title: ReactNode
  side: 'start' | 'end'
  width?: string
  bar?: ReactNode
  children: ReactNode
}) {
  const { t } = useTranslation()
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <div className="fixed inset-0 z-40 bg-text/30 dark:bg-ground/70" aria-hidden="true" />
        <Dialog.Content
          aria-describedby={undefined}
          data-sheet=""
          className={`fixed inset-y-0 z-50 flex w-full flex-col bg-ground shadow-float outline-none animate-slide ${width} ${side === 'end' ? 'end-0' : 'start-0'}`}
        >
          <InertPage />
          <header className="flex min-h-14 shrink-0 items-center gap-2 border-b border-line ps-4 pe-2">
            <Dialog.Title className="min-w-0 flex-1 truncate text-16 font-semibold">{title}</Dialog.Title>
            {bar}
            <Dialog.Close asChild>
              <IconButton icon="close" label={t('action.close')} />
            </Dialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

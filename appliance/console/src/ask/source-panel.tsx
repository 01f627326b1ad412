import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { documentView } from '../api/queries.ts'
import { IconButton } from '../controls/button.tsx'
import { Icon } from '../controls/icons.tsx'
import { Sheet } from '../controls/sheet.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { useWide } from '../shell/use-wide.ts'

const Preview = lazy(() => import('../preview/preview.tsx').then(({ Preview }) => ({ default: Preview })))

/** The cited original: beside the answer at a desk, as a sheet over everything on a phone. Esc closes both. */
export function SourcePanel({
  source,
  at,
  onClose,
}: {
  source: string
  at: string | undefined
  onClose: () => void
}) {
  const wide = useWide()
  const title = <SourceTitle source={source} />
  const preview = (
    <Suspense
      fallback={
        <div className="p-4">
          <Skeleton rows={10} rowClass="h-6" />
        </div>
      }
    >
      <Preview id={source} at={at} />
    </Suspense>
  )
  if (wide)
    return (
      <Beside title={title} bar={<OpenAlone source={source} at={at} />} onClose={onClose}>
        {preview}
      </Beside>
    )
  return (
    <Sheet
      open
      onClose={onClose}
      title={title}
      side="end"
      width="max-w-none"
      bar={<OpenAlone source={source} at={at} />}
    >
      {preview}
    </Sheet>
  )
}

function Beside({
  title,
  bar,
  onClose,
  children,
}: {
  title: React.ReactNode
  bar: React.ReactNode
  onClose: () => void
  children: React.ReactNode
}) {
  const { t } = useTranslation()
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // A sheet or a menu above the panel takes Esc for itself.
      if (
        event.key === 'Escape' &&
        !event.defaultPrevented &&
        !document.querySelector('[role=dialog],[role=alertdialog]')
      )
        onClose()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [onClose])
  // The reader asked to see the source, so that is where the keyboard goes.
  useEffect(() => panel.current?.focus(), [])
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-label={t('source.title')}
      className="flex w-[min(46%,44rem)] shrink-0 flex-col border-s border-line outline-none animate-slide"
    >
      <header className="flex min-h-14 items-center gap-1 border-b border-line ps-4 pe-2">
        <h2 className="min-w-0 flex-1 truncate text-14 font-semibold">{title}</h2>
        {bar}
        <IconButton icon="close" label={t('action.close')} onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1">{children}</div>
    </aside>
  )
}

function SourceTitle({ source }: { source: string }) {
  const { t } = useTranslation()
  const view = useQuery(documentView(source))
  const document = view.data?.document
  return document ? document.title || document.name : t('source.title')
}

function OpenAlone({ source, at }: { source: string; at: string | undefined }) {
  const { t } = useTranslation()
  return (
    <Link
      to="/documents/$id"
      params={{ id: source }}
      search={at === undefined ? {} : { at }}
      aria-label={t('source.alone')}
      title={t('source.alone')}
      className="inline-flex size-10 shrink-0 items-center justify-center rounded text-muted hover:bg-sunken hover:text-text"
    >
      <Icon name="open" />
    </Link>
  )
}

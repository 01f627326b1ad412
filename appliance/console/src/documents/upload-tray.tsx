import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../controls/button.tsx'
import { ReasonText } from '../controls/failure.tsx'
import { Icon, type IconName } from '../controls/icons.tsx'
import { announce } from '../shell/announcer.tsx'
import { useFollowUploads } from './follow-uploads.ts'
import { clearFinished, isOver, resendUpload, type Upload, useUploads } from './upload-queue.ts'

/** Stands in the corner of every page while files are on their way, and says what became of each. */
export function UploadTray() {
  const { t } = useTranslation()
  const uploads = useUploads()
  const [folded, setFolded] = useState(false)
  useFollowUploads(uploads)

  const ready = uploads.filter(({ state }) => state === 'ready').length
  const failed = uploads.filter(({ state }) => state === 'failed' || state === 'refused').length
  const open = uploads.length - uploads.filter(isOver).length
  const outcome = t('tray.outcome', { ready, failed, open })
  const finished = uploads.length > 0 && open === 0
  useEffect(() => {
    if (finished) announce(outcome)
  }, [finished, outcome])

  if (uploads.length === 0) return null
  return (
    <section
      aria-label={t('tray.title')}
      className="fixed end-4 z-30 w-[min(24rem,calc(100vw-2rem))] overflow-hidden rounded-lg border border-line bg-ground shadow-float animate-rise max-lg:bottom-[calc(4.25rem+env(safe-area-inset-bottom))] lg:bottom-4"
    >
      <header className="flex items-center gap-2 border-b border-line bg-raised ps-4 pe-1">
        <div className="min-w-0 flex-1 py-2">
          <h2 className="text-14 font-semibold">{t('tray.title')}</h2>
          <p className="text-12 text-muted">{outcome}</p>
        </div>
        {uploads.some(isOver) && (
          <Button look="quiet" onClick={clearFinished}>
            {t('tray.clear')}
          </Button>
        )}
        <IconButton
          icon="down"
          label={folded ? t('tray.unfold') : t('tray.fold')}
          aria-expanded={!folded}
          className={folded ? 'rotate-180' : ''}
          onClick={() => setFolded(!folded)}
        />
      </header>
      {!folded && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long list must scroll by keyboard too
        <ul tabIndex={0} aria-label={t('tray.title')} className="max-h-64 overflow-y-auto">
          {uploads.map((upload) => (
            <Row key={upload.key} upload={upload} />
          ))}
        </ul>
      )}
    </section>
  )
}

const marks: Record<Upload['state'], { icon: IconName; ink: string }> = {
  waiting: { icon: 'wait', ink: 'text-muted' },
  sending: { icon: 'upload', ink: 'text-muted' },
  queued: { icon: 'wait', ink: 'text-muted' },
  reading: { icon: 'wait', ink: 'text-muted' },
  ready: { icon: 'check', ink: 'text-primary' },
  failed: { icon: 'warning', ink: 'text-error' },
  refused: { icon: 'warning', ink: 'text-error' },
  offline: { icon: 'pause', ink: 'text-warning' },
}

function Row({ upload }: { upload: Upload }) {
  const { t } = useTranslation()
  const says: Record<Upload['state'], string> = {
    waiting: t('tray.waiting'),
    sending: t('tray.sending', { percent: Math.round(upload.sent * 100) }),
    queued: t('tray.queued'),
    reading: t('tray.reading'),
    ready: t('state.ready'),
    failed: t('state.failed'),
    refused: t('tray.refused'),
    offline: t('state.offline'),
  }
  const { icon, ink } = marks[upload.state]
  return (
    <li className="flex items-start gap-3 border-b border-line px-4 py-2 last:border-0">
      <Icon name={icon} className={`mt-1 shrink-0 ${ink}`} />
      <div className="min-w-0 flex-1">
        <p className="truncate text-14">{upload.name}</p>
        <p
          className={`text-12 ${upload.state === 'failed' || upload.state === 'refused' ? 'text-error' : 'text-muted'}`}
        >
          {says[upload.state]}
          {upload.reason && (
            <>
              {t('separator')}
              <ReasonText reason={upload.reason} />
            </>
          )}
          {upload.state === 'refused' && !upload.reason && t('separator') + t('failure.unreachable')}
        </p>
        {upload.state === 'sending' && (
          <progress className="thin-progress" max={1} value={upload.sent} aria-label={upload.name} />
        )}
      </div>
      {upload.state === 'refused' && (
        <IconButton
          icon="retry"
          label={t('action.retryFile', { name: upload.name })}
          onClick={() => resendUpload(upload.key)}
        />
      )}
    </li>
  )
}

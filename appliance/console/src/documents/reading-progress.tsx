import { useTranslation } from 'react-i18next'
import type { Progress } from '../../../src/model.ts'
import { Notice } from '../controls/notice.tsx'
import { PausedFolder } from './paused-folder.tsx'

/** What the box is doing with the files: how far, which one, how fast; and whether it holds something back. */
export function ReadingProgress({ progress }: { progress: Progress | null }) {
  const { t } = useTranslation()
  if (!progress) return null
  const busy = progress.done < progress.total
  return (
    <>
      {progress.paused && <PausedFolder reason={progress.paused} />}
      {progress.remaking && (
        <Notice tone="info">
          {t('progress.remaking', progress.remaking)}
          <progress
            className="thin-progress"
            max={progress.remaking.total}
            value={progress.remaking.done}
            aria-label={t('progress.remakingBar')}
          />
        </Notice>
      )}
      {busy && (
        <section aria-label={t('progress.title')} className="rounded-lg border border-line px-4 py-3">
          <div className="flex flex-wrap items-baseline justify-between gap-x-4">
            <p className="font-medium">
              {t('progress.files', { done: progress.done, total: progress.total })}
            </p>
            <p className="text-14 text-muted tabular-nums">
              {t('progress.speed', {
                pages: progress.pagesPerSecond.toFixed(1),
                passages: progress.passagesPerSecond.toFixed(1),
              })}
            </p>
          </div>
          <progress
            className="thin-progress"
            max={progress.total}
            value={progress.done}
            aria-label={t('progress.title')}
          />
          {/* One line always, so that the list below stays where it is from file to file. */}
          <p className="mt-1 h-6 truncate text-14 text-muted">{progress.current.join(t('listSeparator'))}</p>
        </section>
      )}
    </>
  )
}

import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../controls/button.tsx'
import { Icon } from '../controls/icons.tsx'
import { droppedFiles } from './dropped-files.ts'
import { addUploads } from './upload-queue.ts'

/** Takes files by drop anywhere on the page, or by the picker. */
export function DropZone() {
  const { t } = useTranslation()
  const picker = useRef<HTMLInputElement>(null)
  const over = usePageDrop((transfer) => void droppedFiles(transfer).then(addUploads))
  return (
    <section
      aria-label={t('drop.title')}
      className={`flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border-2 border-dashed px-4 py-4 transition-colors ${over ? 'border-primary bg-primary-soft' : 'border-line bg-raised'}`}
    >
      <Icon name="upload" size={28} className="shrink-0 text-primary" />
      <div className="min-w-0 flex-1 basis-52">
        <p className="font-medium">{over ? t('drop.release') : t('drop.title')}</p>
        <p className="text-14 text-muted">{t('drop.kinds')}</p>
      </div>
      <Button look="primary" onClick={() => picker.current?.click()}>
        {t('drop.choose')}
      </Button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t('drop.choose')}
        onChange={({ target }) => {
          addUploads(target.files ?? [])
          // The same file may be chosen again.
          target.value = ''
        }}
      />
    </section>
  )
}

/** Whether files are being dragged over the page; hands them on when they fall. */
function usePageDrop(onFiles: (transfer: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false)
  const handler = useRef(onFiles)
  handler.current = onFiles
  useEffect(() => {
    // enter and leave come for every element passed, so they are counted
    let depth = 0
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const on = {
      dragenter: (event: DragEvent) => carriesFiles(event) && setOver(++depth > 0),
      dragleave: (event: DragEvent) => carriesFiles(event) && setOver(--depth > 0),
      dragover: (event: DragEvent) => carriesFiles(event) && event.preventDefault(),
      drop: (event: DragEvent) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        depth = 0
        setOver(false)
        handler.current(event.dataTransfer!)
      },
    }
    const types = Object.keys(on) as (keyof typeof on)[]
    for (const type of types) addEventListener(type, on[type])
    return () => {
      for (const type of types) removeEventListener(type, on[type])
    }
  }, [])
  return over
}

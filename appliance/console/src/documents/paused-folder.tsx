import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Reason } from '../../../src/model.ts'
import { call } from '../api/request.ts'
import { Button } from '../controls/button.tsx'
import { Confirm } from '../controls/confirm.tsx'
import { ReasonText, useFailureSentence } from '../controls/failure.tsx'
import { Notice } from '../controls/notice.tsx'
import { announce } from '../shell/announcer.tsx'

/** Only where files are missing can their going have been meant; a folder that is away comes back by itself. */
const mayBeMeant = ['folder-empty', 'folder-changed']

/** The drop folder holds deletions back; says why, and lets the owner say that the files were meant to go. */
export function PausedFolder({ reason }: { reason: Reason }) {
  const { t } = useTranslation()
  const sentence = useFailureSentence()
  const client = useQueryClient()
  const confirm = useMutation({
    mutationFn: () => call<{ removed: number }>('POST', '/api/drop-folder/emptied'),
    onSuccess: ({ removed }) => announce(t('progress.removed', { count: removed })),
    onSettled: () => client.invalidateQueries({ queryKey: ['documents'] }),
  })
  return (
    <Notice
      tone="warning"
      live
      action={
        mayBeMeant.includes(reason.code) && (
          <Confirm
            trigger={<Button disabled={confirm.isPending}>{t('progress.meant')}</Button>}
            title={t('progress.meantTitle')}
            action={t('progress.meantAction')}
            onConfirm={() => confirm.mutate()}
          >
            {t('progress.meantHint')}
          </Confirm>
        )
      }
    >
      <strong className="font-semibold">{t('progress.paused')}</strong> <ReasonText reason={reason} />
      {confirm.isError && <p className="text-error">{sentence(confirm.error)}</p>}
    </Notice>
  )
}

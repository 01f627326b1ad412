import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { DocumentRow } from '../../../src/model.ts'
import { call } from '../api/request.ts'
import { IconButton } from '../controls/button.tsx'
import { Confirm } from '../controls/confirm.tsx'
import { ReasonText, useFailureSentence } from '../controls/failure.tsx'
import { sizeText, timeText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'
import { StateBadge } from './state-badge.tsx'
import { TypeMark } from './type-mark.tsx'
import { useWarning } from './use-warning.ts'

/** One document of the list, with the reason when it failed and what can be done about it. */
export function DocumentItem({ row }: { row: DocumentRow }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const sentence = useFailureSentence()
  const warning = useWarning()
  const client = useQueryClient()
  const path = `/api/documents/${encodeURIComponent(row.id)}`
  const refresh = () => client.invalidateQueries({ queryKey: ['documents'] })
  const retry = useMutation({ mutationFn: () => call('POST', `${path}/retry`), onSettled: refresh })
  const remove = useMutation({ mutationFn: () => call('DELETE', path), onSettled: refresh })
  const failure = retry.error ?? remove.error
  const readable = row.state === 'ready' || row.state === 'offline'
  const facts = [
    row.title !== '' && row.title !== row.name ? row.name : null,
    row.kind === 'folder' && row.path !== row.name ? row.path : null,
    row.kind === 'upload' ? t('documents.uploaded') : null,
    readable ? t('documents.passages', { count: row.passages }) : null,
    sizeText(row.size),
    timeText(row.modifiedAt, language),
  ].filter((fact) => fact !== null)
  return (
    <li className="flex items-start gap-3 px-3 py-3 sm:px-4" data-document={row.id} data-state={row.state}>
      <TypeMark type={row.type} />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {readable ? (
            <Link
              to="/documents/$id"
              params={{ id: row.id }}
              className="min-h-6 font-medium hover:text-link hover:underline"
            >
              {row.title || row.name}
            </Link>
          ) : (
            <span className="font-medium">{row.title || row.name}</span>
          )}
          <StateBadge state={row.state} />
        </div>
        <p className="text-14 text-muted lg:text-12">{facts.join(' · ')}</p>
        {row.reason && (
          <p className="mt-1 text-14 text-error">
            <ReasonText reason={row.reason} />
          </p>
        )}
        {row.warnings.length > 0 && (
          <p className="mt-1 text-14 text-warning">{row.warnings.map(warning).join(t('listSeparator'))}</p>
        )}
        {failure && (
          <p role="alert" className="mt-1 text-14 text-error">
            {sentence(failure)}
          </p>
        )}
      </div>
      <div className="flex shrink-0">
        {row.state === 'failed' && (
          <IconButton
            icon="retry"
            label={t('action.retryFile', { name: row.name })}
            disabled={retry.isPending}
            onClick={() => retry.mutate()}
          />
        )}
        {row.kind === 'upload' && (
          <Confirm
            trigger={
              <IconButton
                icon="trash"
                label={t('documents.remove', { name: row.name })}
                disabled={remove.isPending}
              />
            }
            title={t('documents.removeTitle')}
            action={t('documents.removeAction')}
            onConfirm={() => remove.mutate()}
          >
            {t('documents.removeHint', { name: row.name })}
          </Confirm>
        )}
      </div>
    </li>
  )
}

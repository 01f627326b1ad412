import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { conversations } from '../api/queries.ts'
import { call } from '../api/request.ts'
import { buttonClass, IconButton } from '../controls/button.tsx'
import { Confirm } from '../controls/confirm.tsx'
import { Failure } from '../controls/failure.tsx'
import { Icon } from '../controls/icons.tsx'
import { Skeleton } from '../controls/skeleton.tsx'
import { timeText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'

/** Earlier conversations, newest first, and the way to a new one. */
export function ConversationList({
  current,
  onChosen,
}: {
  current: string | undefined
  onChosen?: () => void
}) {
  const { t } = useTranslation()
  const language = useLanguage()
  const client = useQueryClient()
  const navigate = useNavigate()
  const list = useQuery(conversations)
  const remove = useMutation({
    mutationFn: (id: string) => call('DELETE', `/api/conversations/${encodeURIComponent(id)}`),
    onSuccess: async (_, id) => {
      client.removeQueries({ queryKey: ['conversations', id] })
      if (id === current) await navigate({ to: '/ask' })
    },
    onSettled: () => client.invalidateQueries({ queryKey: conversations.queryKey, exact: true }),
  })
  return (
    <div className="flex h-full flex-col gap-2 p-3">
      <Link to="/ask" onClick={onChosen} className={buttonClass('secondary', 'w-full shrink-0')}>
        <Icon name="plus" size={18} />
        {t('ask.new')}
      </Link>
      {list.isPending && <Skeleton rows={5} rowClass="h-12" />}
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {remove.isError && <Failure error={remove.error} />}
      {list.data?.items.length === 0 && (
        <p className="px-2 py-4 text-14 text-muted">{t('ask.noConversations')}</p>
      )}
      {list.data && list.data.items.length > 0 && (
        <ul className="min-h-0 flex-1 space-y-0.5 overflow-y-auto" aria-label={t('ask.conversations')}>
          {list.data.items.map((row) => (
            <li
              key={row.id}
              className={`group flex items-center rounded hover:bg-sunken ${row.id === current ? 'bg-primary-soft' : ''}`}
            >
              <Link
                to="/ask/$conversation"
                params={{ conversation: row.id }}
                onClick={onChosen}
                aria-current={row.id === current ? 'page' : undefined}
                className="min-w-0 flex-1 rounded px-2 py-1.5"
              >
                <span className="block truncate text-14">{row.title}</span>
                <span className="block text-12 text-muted">{timeText(row.updatedAt, language)}</span>
              </Link>
              <Confirm
                trigger={
                  <IconButton
                    icon="trash"
                    label={t('ask.removeConversation', { title: row.title })}
                    className="lg:opacity-0 lg:group-focus-within:opacity-100 lg:group-hover:opacity-100"
                  />
                }
                title={t('ask.removeTitle')}
                action={t('ask.removeAction')}
                onConfirm={() => remove.mutate(row.id)}
              >
                {t('ask.removeHint')}
              </Confirm>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

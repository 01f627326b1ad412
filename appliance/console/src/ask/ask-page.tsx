import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../controls/button.tsx'
import { Sheet } from '../controls/sheet.tsx'
import { useWide } from '../shell/use-wide.ts'
import { ConversationList } from './conversation-list.tsx'
import { SourcePanel } from './source-panel.tsx'
import { Thread } from './thread.tsx'
import { useOpenSource } from './use-open-source.ts'

/** Conversations, answers, and the source: side by side at a desk, over each other on a phone. */
export function AskPage() {
  const { t } = useTranslation()
  const { conversation } = useParams({ strict: false })
  const wide = useWide()
  const [listing, setListing] = useState(false)
  const { source, at, open, close } = useOpenSource()
  return (
    <div className="flex h-full">
      <h1 className="sr-only">{t('place.ask')}</h1>
      {wide && (
        <aside
          aria-label={t('ask.conversations')}
          className={`w-60 shrink-0 border-e border-line bg-raised ${source ? 'max-xl:hidden' : ''}`}
        >
          <ConversationList current={conversation} />
        </aside>
      )}
      <div className="flex min-w-0 flex-1 flex-col">
        {!wide && (
          <div className="flex h-11 shrink-0 items-center border-b border-line px-1">
            <Button look="quiet" icon="history" aria-haspopup="dialog" onClick={() => setListing(true)}>
              {t('ask.conversations')}
            </Button>
            <Sheet
              open={listing}
              onClose={() => setListing(false)}
              title={t('ask.conversations')}
              side="start"
              width="max-w-80"
            >
              <ConversationList current={conversation} onChosen={() => setListing(false)} />
            </Sheet>
          </div>
        )}
        <Thread id={conversation} onOpen={({ source, spans }) => open(source.id, spans)} />
      </div>
      {source !== undefined && <SourcePanel source={source} at={at} onClose={close} />}
    </div>
  )
}

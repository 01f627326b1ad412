import { QueryClientProvider, useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { forgetBoxState } from '../access/box-state.ts'
import { call } from '../api/request.ts'
import { IconButton } from '../controls/button.tsx'
import { Icon, type IconName } from '../controls/icons.tsx'
import { UploadTray } from '../documents/upload-tray.tsx'
import { Announcer } from './announcer.tsx'
import { Appearance } from './appearance.tsx'
import { createQueryClient } from './query-client.ts'
import { Wordmark } from './wordmark.tsx'

/** The pages of a signed-in reader. A session that has ended sends them to sign in, and back to where they were. */
export function Frame() {
  const router = useRouter()
  const [client] = useState(() =>
    createQueryClient(() => {
      forgetBoxState()
      void router.invalidate()
    }),
  )
  return (
    <QueryClientProvider client={client}>
      <Surroundings />
    </QueryClientProvider>
  )
}

/** What stands around every page of a signed-in reader: places on top (below, on a phone), uploads in the corner. */
function Surroundings() {
  const { t } = useTranslation()
  const places: {
    to: '/ask' | '/documents' | '/search' | '/ledger' | '/status'
    icon: IconName
    name: string
  }[] = [
    { to: '/ask', icon: 'ask', name: t('place.ask') },
    { to: '/documents', icon: 'documents', name: t('place.documents') },
    { to: '/search', icon: 'search', name: t('place.search') },
    { to: '/ledger', icon: 'ledger', name: t('place.ledger') },
    { to: '/status', icon: 'status', name: t('place.status') },
  ]
  return (
    <div className="flex h-dvh flex-col">
      <a
        href="#main"
        className="sr-only rounded bg-primary px-4 py-2 text-on-primary focus:not-sr-only focus:fixed focus:start-2 focus:top-2 focus:z-50"
      >
        {t('skip')}
      </a>
      <header className="flex h-14 shrink-0 items-center gap-4 border-b border-line bg-ground px-4">
        <Link to="/ask" className="rounded">
          <Wordmark />
        </Link>
        <nav
          aria-label={t('places')}
          className="order-last lg:order-none max-lg:fixed max-lg:inset-x-0 max-lg:bottom-0 max-lg:z-30 max-lg:border-t max-lg:border-line max-lg:bg-ground max-lg:pb-[env(safe-area-inset-bottom)]"
        >
          <ul className="flex lg:gap-1">
            {places.map(({ to, icon, name }) => (
              <li key={to} className="max-lg:flex-1">
                <Link
                  to={to}
                  className="flex items-center justify-center text-muted hover:text-text max-lg:h-14 max-lg:flex-col max-lg:text-12 lg:h-10 lg:gap-2 lg:rounded lg:px-3 lg:text-14 lg:hover:bg-sunken"
                  activeProps={{ className: 'font-medium text-primary! lg:bg-primary-soft' }}
                >
                  <Icon name={icon} />
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="ms-auto flex items-center">
          <Appearance />
          <SignOut />
        </div>
      </header>
      <main
        id="main"
        tabIndex={-1}
        className="min-h-0 flex-1 outline-none max-lg:mb-[calc(3.5rem+env(safe-area-inset-bottom))]"
      >
        <Outlet />
      </main>
      <UploadTray />
      <Announcer />
    </div>
  )
}

function SignOut() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  async function leave() {
    await call('DELETE', '/api/session')
    // Nothing of the reader's stays in memory for the next one.
    client.clear()
    forgetBoxState()
    await navigate({ to: '/login' })
  }
  return <IconButton icon="leave" label={t('action.signOut')} onClick={() => void leave()} />
}

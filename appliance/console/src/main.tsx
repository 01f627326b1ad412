import './styles.css'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { boxState } from './api/queries.ts'
import { CallFailure } from './api/request.ts'
import { startI18n } from './i18n/i18n.ts'
import { createConsoleRouter } from './routes.tsx'
import { savedLanguage } from './shell/preferences.ts'

startI18n(savedLanguage())

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
  mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A reason of the box does not change by asking again; a lost connection may.
      retry: (count, error) => count < 2 && error instanceof CallFailure && error.status === 0,
    },
  },
})

const router = createConsoleRouter(queries)

/** A session that has ended sends the reader to sign in and back to where they were. */
function leaveWhenSignedOut(error: Error): void {
  if (!(error instanceof CallFailure) || error.reason?.code !== 'not-signed-in') return
  queries.removeQueries({ queryKey: boxState.queryKey })
  void router.invalidate()
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)

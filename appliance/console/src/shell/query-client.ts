import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { CallFailure } from '../api/request.ts'

/** What the pages know of the box. `onSignedOut` is called when the box says that the session has ended. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof CallFailure && error.reason?.code === 'not-signed-in') onSignedOut()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // A reason of the box does not change by asking again; a lost connection may.
        retry: (count, error) => count < 2 && error instanceof CallFailure && error.status === 0,
      },
    },
  })
}

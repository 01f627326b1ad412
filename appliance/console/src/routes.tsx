import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { boxState } from './access/box-state.ts'
import { readSearch } from './search/search-address.ts'
import { CrashPage } from './shell/crash-page.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'

/** Which page stands at which address. Every page is a chunk of its own. */

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
})

const claim = createRoute({
  getParentRoute: () => root,
  path: '/claim',
  // The box prints an address that brings the code along.
  validateSearch: (search): { code?: string } =>
    typeof search.code === 'string' ? { code: search.code } : {},
  beforeLoad: async () => {
    if ((await boxState()).claimed) throw redirect({ to: '/login' })
  },
  component: lazyRouteComponent(() => import('./access/claim-page.tsx'), 'ClaimPage'),
})

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search): { next?: string } => (isOwnPath(search.next) ? { next: search.next } : {}),
  beforeLoad: async ({ search }) => {
    const state = await boxState()
    if (!state.claimed) throw redirect({ to: '/claim' })
    if (state.signedIn) throw redirect({ href: search.next ?? '/ask' })
  },
  component: lazyRouteComponent(() => import('./access/login-page.tsx'), 'LoginPage'),
})

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/ask' })
  },
})

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    const state = await boxState()
    if (!state.claimed) throw redirect({ to: '/claim' })
    if (!state.signedIn) throw redirect({ to: '/login', search: { next: location.href } })
  },
  component: lazyRouteComponent(() => import('./shell/frame.tsx'), 'Frame'),
})

/** What is open beside an answer: a source and the spans to highlight in it. In the address, so that Back closes it. */
function readOpenSource(search: Record<string, unknown>): { source?: string; at?: string } {
  return {
    ...(typeof search.source === 'string' ? { source: search.source } : {}),
    ...(typeof search.at === 'string' ? { at: search.at } : {}),
  }
}

const askPage = lazyRouteComponent(() => import('./ask/ask-page.tsx'), 'AskPage')

const ask = createRoute({
  getParentRoute: () => inside,
  path: '/ask',
  validateSearch: readOpenSource,
  component: askPage,
})

const conversation = createRoute({
  getParentRoute: () => inside,
  path: '/ask/$conversation',
  validateSearch: readOpenSource,
  component: askPage,
})

const documents = createRoute({
  getParentRoute: () => inside,
  path: '/documents',
  component: lazyRouteComponent(() => import('./documents/documents-page.tsx'), 'DocumentsPage'),
})

const document = createRoute({
  getParentRoute: () => inside,
  path: '/documents/$id',
  validateSearch: (search): { at?: string } => (typeof search.at === 'string' ? { at: search.at } : {}),
  component: lazyRouteComponent(() => import('./preview/document-page.tsx'), 'DocumentPage'),
})

const search = createRoute({
  getParentRoute: () => inside,
  path: '/search',
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import('./search/search-page.tsx'), 'SearchPage'),
})

const ledger = createRoute({
  getParentRoute: () => inside,
  path: '/ledger',
  component: lazyRouteComponent(() => import('./ledger/ledger-page.tsx'), 'LedgerPage'),
})

const status = createRoute({
  getParentRoute: () => inside,
  path: '/status',
  component: lazyRouteComponent(() => import('./status/status-page.tsx'), 'StatusPage'),
})

const tree = root.addChildren([
  home,
  claim,
  login,
  inside.addChildren([ask, conversation, documents, document, search, ledger, status]),
])

export function createConsoleRouter() {
  return createRouter({ routeTree: tree, defaultPreload: false })
}

/** Only a path of this console: `//elsewhere` and `https:` would lead away from the box. */
function isOwnPath(value: unknown): value is string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value)
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}

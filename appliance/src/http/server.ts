import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { accountRoutes } from './account.ts'
import { askRoutes } from './ask.ts'
import { type Authenticate, createAuthenticate } from './authenticate.ts'
import { consoleRoutes, securityHeaders } from './console.ts'
import { documentRoutes } from './documents.ts'
import { translateFailures } from './failure.ts'
import { gatewayRoutes } from './gateway.ts'
import { guardOrigin } from './guard.ts'
import { ledgerRoutes } from './ledger.ts'
import { originalRoutes } from './originals.ts'
import { searchRoutes } from './search.ts'
import { statusRoutes } from './status.ts'

type Routes<F extends (server: FastifyInstance, house: never) => void> = Omit<
  Parameters<F>[1],
  'authenticate'
>

/** The use cases behind the routes, each routes file naming what it needs. */
export type House = Routes<typeof accountRoutes> &
  Routes<typeof documentRoutes> &
  Routes<typeof originalRoutes> &
  Routes<typeof searchRoutes> &
  Routes<typeof askRoutes> &
  Routes<typeof ledgerRoutes> &
  Routes<typeof gatewayRoutes> &
  Routes<typeof statusRoutes> & { consoleFolder: string; hostnames: readonly string[] }

/** A question of 100,000 characters must get its own answer, so the limit lies above it in bytes. */
const bodyLimit = 1024 * 1024

/** The API and the console; does not listen. */
export async function createServer(house: House, logger: FastifyBaseLogger): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false } },
  })
  securityHeaders(server)
  translateFailures(server)
  guardOrigin(server, house.hostnames)
  await server.register(cookie)
  await server.register(multipart)
  await server.register(rateLimit, { global: false })

  const authenticate: Authenticate = createAuthenticate(house.owner)
  accountRoutes(server, { ...house, authenticate })
  documentRoutes(server, { ...house, authenticate })
  originalRoutes(server, { ...house, authenticate })
  searchRoutes(server, { ...house, authenticate })
  askRoutes(server, { ...house, authenticate })
  ledgerRoutes(server, { ...house, authenticate })
  gatewayRoutes(server, { ...house, authenticate })
  statusRoutes(server, { ...house, authenticate })
  await consoleRoutes(server, house.consoleFolder)
  return server
}

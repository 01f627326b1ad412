import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { holdsToken } from './http/bearer.ts'
import { limitConnections } from './http/connections.ts'
import { serveEntries } from './http/entries.ts'
import { Refusal, refusalOf, statuses } from './http/errors.ts'
import { serveOperation } from './http/operate.ts'
import { methodAt, serveResources } from './http/resources.ts'
import type { ServedNode } from './http/served-node.ts'
import { Pipelines, whenOver } from './http/unread.ts'
import type { ErrorAnswer } from './protocol.ts'

/** An append request of the full 256 entries is 40 KB; a statement by many administrators has 128 KiB. */
const bodyLimit = 160 * 1024

/**
 * Milliseconds that a client may take: for its head, for a whole request, between two requests, without a byte either
 * way; how often that is looked at; and how long a stop waits for requests under way.
 */
const serverPatience = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 65_000,
  silentMs: 60_000,
  checkMs: 5_000,
  stopMs: 2_000,
}

export interface ServerSettings {
  token: string
  version: string
  onError: (error: unknown) => void
  patience?: typeof serverPatience
}

/**
 * The node's HTTP interface: `/v1` for whoever holds the token (protocol.ts, operation.ts), beside it what peers and
 * strangers ask (PROTOCOL.md). It listens when the caller says so.
 */
export function createServer(node: ServedNode, settings: ServerSettings): FastifyInstance {
  const patience = settings.patience ?? serverPatience
  const server = fastify({
    bodyLimit,
    // Nothing is coerced or quietly removed: what does not fit is refused.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    forceCloseConnections: 'idle',
    requestTimeout: patience.requestMs,
    keepAliveTimeout: patience.idleMs,
    connectionTimeout: patience.silentMs,
    http: {
      headersTimeout: patience.headersMs,
      connectionsCheckingInterval: patience.checkMs,
      maxHeaderSize: 16 * 1024,
    },
    routerOptions: { maxParamLength: 1024 },
  })
  limitConnections(server.server)
  const isNews = createNews()
  const stopping = new AbortController()
  let lastCall: NodeJS.Timeout | undefined
  server.addHook('preClose', async () => {
    stopping.abort(new Refusal('stopping', 'the node is stopping'))
    // Connections that are idle are closed at once. One over which nothing was ever asked does not count as idle.
    lastCall = setTimeout(() => server.server.closeAllConnections(), patience.stopMs)
  })
  server.addHook('onClose', async () => clearTimeout(lastCall))
  const pipelines = new Pipelines()
  server.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw
    if (!(await pipelines.enter(socket))) {
      reply.hijack()
      return void socket.destroy()
    }
    whenOver(socket, reply.raw, () => pipelines.done(socket))
    const isOpen = request.routeOptions.url === '/v1/health' || methodAt(pathOf(request.raw.url)) !== null
    if (isOpen) return
    if (!holdsToken(request.headers.authorization, settings.token))
      throw new Refusal('unauthorised', 'this needs the token of the node')
    // The box may wait for an answer that takes long, as the verification of a large log does.
    socket.setTimeout(0)
  })
  server.setNotFoundHandler(async () => {
    throw new Refusal('unknown-route', 'there is nothing at this address')
  })
  server.setErrorHandler<FastifyError | Error>(async (error, _request, reply) => {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal' || (refusal.code === 'disk' && isNews(refusal.message)))
      settings.onError(error)
    const answer: ErrorAnswer = { error: { code: refusal.code, message: refusal.message } }
    return reply.code(statuses[refusal.code]).send(answer)
  })
  server.get('/v1/health', async () => ({ ok: true, version: settings.version }))
  void server.register(serveEntries, { node, stopping: stopping.signal })
  void server.register(serveOperation, { node, version: settings.version })
  void server.register(serveResources, { handle: node.handle.bind(node), token: settings.token })
  return server
}

/** A full disk is told once a minute, not for each of the appends that it does not take: the log may be on it. */
function createNews(): (sentence: string) => boolean {
  let last = { sentence: '', at: 0 }
  return (sentence) => {
    const now = performance.now()
    if (sentence === last.sentence && now - last.at < 60_000) return false
    last = { sentence, at: now }
    return true
  }
}

function pathOf(url: string | undefined): string {
  return (url ?? '').split('?', 1)[0]!
}

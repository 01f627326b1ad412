import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PeerRequest, PeerResponse } from '../peers/exchange.ts'
import { maxMessageBytes } from '../peers/gossip-message.ts'
import { fromBox } from '../peers/resources.ts'
import { holdsToken } from './bearer.ts'
import { networkOf } from './connections.ts'
import { Refusal } from './errors.ts'
import { bodyLimits, Unread, whenOver } from './unread.ts'

/** What strangers, auditors and witnesses ask over plain HTTP: paths of PROTOCOL.md, answers byte for byte. */

const immutable = 'max-age=31536000, immutable'

/** @param from who asks: the id of a peer, an address, or `fromBox` */
export type Handle = (request: PeerRequest, from: string) => Promise<PeerResponse>

export interface ResourceSettings {
  handle: Handle
  token: string
}

/** By which method a path is asked for, by its form alone; null where nothing can be. */
export function methodAt(path: string): 'GET' | 'POST' | null {
  if (path === '/gossip' || path === '/witness/add-checkpoint') return 'POST'
  return /^\/([0-9a-f]{16}\/[1-9][0-9]*|mirror|witness|fork|statement)\//.test(path) ? 'GET' : null
}

/** Serves them at every path that no other route has; what can be none of them is left to `server.ts`. */
export async function serveResources(scope: FastifyInstance, settings: ResourceSettings): Promise<void> {
  const unread = new Unread()
  const coming = new Unread(bodyLimits)
  scope.removeAllContentTypeParsers()
  // Whatever a body says of itself, or when it says nothing: bytes are bytes.
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxMessageBytes }, (_request, body, done) =>
    done(null, body),
  )
  scope.addHook('onRequest', async (request, reply) => {
    const method = methodAt(pathOf(request))
    if (!method) return
    const refused = admit(method, request, reply)
    if (refused || request.method !== 'POST') return refused
    const length = Number(request.headers['content-length'] ?? maxMessageBytes)
    if (length <= bodyLimits.small || length > maxMessageBytes) return
    const taken = coming.take(networkOf(request.ip), length)
    if (taken) whenOver(request.raw.socket, reply.raw, taken)
    else return sendText(reply, 503, 'too many large bodies are on their way from you, or from all')
  })
  scope.setErrorHandler<Error & { statusCode?: number }>(async (error, request, reply) => {
    if (error instanceof Refusal || !methodAt(pathOf(request))) throw error
    const status = error.statusCode ?? 500
    if (status >= 500) throw error
    return sendText(reply, status, status === 413 ? 'the body is too large' : error.message)
  })
  scope.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/*',
    bodyLimit: maxMessageBytes,
    exposeHeadRoute: false,
    handler: (request, reply) => answer({ ...settings, unread }, request, reply),
  })
}

/** Answers, before a body is read, what is asked by another method. */
function admit(expected: 'GET' | 'POST', request: FastifyRequest, reply: FastifyReply) {
  const { method } = request
  const isRight = method === expected || (method === 'HEAD' && expected === 'GET')
  if (isRight) return
  reply.header('allow', `${expected === 'GET' ? 'GET, HEAD' : 'POST'}, OPTIONS`)
  if (method !== 'OPTIONS') return sendText(reply, 405, `this is for ${expected}`)
  const headers = {
    'access-control-allow-methods': `${expected}, OPTIONS`,
    'access-control-allow-headers': 'content-type, authorization',
    'access-control-max-age': '86400',
  }
  return reply
    .headers({ ...open, ...headers })
    .code(204)
    .send()
}

async function answer(
  { handle, token, unread }: ResourceSettings & { unread: Unread },
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const path = pathOf(request)
  const method = methodAt(path)
  if (!method) throw new Refusal('unknown-route', 'there is nothing at this address')
  const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
  const network = networkOf(request.ip)
  const from = holdsToken(request.headers.authorization, token) ? fromBox : network
  const response = await handle({ method, path, ...(method === 'POST' && { body }) }, from)
  const taken = unread.take(network, response.body.length)
  if (!taken) return sendText(reply, 503, 'too much of what you asked for has not been read yet')
  whenOver(request.raw.socket, reply.raw, taken)
  // What the token opens may be closed to others: a cache between must not give it to them.
  return send(reply, response, from === fromBox ? 'private' : 'public')
}

/** Readable from any web origin: there is nothing here that a cookie would open. */
const open = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' }

function send(reply: FastifyReply, response: PeerResponse, whose: 'public' | 'private' = 'public') {
  const keep = response.immutable && response.status === 200 ? `${whose}, ${immutable}` : 'no-cache'
  const headers = { ...open, 'content-type': response.type, 'cache-control': keep }
  if (response.status === 429 || response.status === 503) reply.header('retry-after', '1')
  return reply.code(response.status).headers(headers).send(Buffer.from(response.body))
}

function sendText(reply: FastifyReply, status: number, sentence: string) {
  return send(reply, { status, type: 'text/plain; charset=utf-8', body: Buffer.from(`${sentence}\n`) })
}

/** As it was sent, without a query. */
function pathOf(request: FastifyRequest): string {
  return request.raw.url!.split('?', 1)[0]!
}

/** Answering over HTTP at the operator's doors. */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'

export interface Reply {
  status: number
  type: string
  body: string
  /** Content-Security-Policy; without it nothing may be loaded at all. */
  policy?: string
}

export const serverLimits: ServerOptions = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2000,
}

export const jsonOf = (status: number, value: unknown): Reply => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
})

/** Never rejects. A body that comes with the request is not read: its connection is closed. */
export async function answerWith(
  reply: (request: IncomingMessage) => Promise<Reply>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: Reply
  try {
    answer = await reply(request)
  } catch {
    answer = jsonOf(500, { error: 'failed' })
  }
  const { status, type, body, policy = "default-src 'none'; frame-ancestors 'none'" } = answer
  const bytes = Buffer.from(body)
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding']
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    vary: 'accept-language',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    ...(hasBody ? { connection: 'close' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** The read-only door: pages and figures over HTTP, for a browser and for Prometheus. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { answerWith, closeServer, jsonOf, type Reply, serverLimits } from './admin-server-reply.ts'
import { AdminServerError, type AdminSettings } from './admin-server-settings.ts'
import { pageLanguage, statusPage } from './status-page.ts'
import { pagePolicy } from './status-page-assets.ts'
import { kept } from './status-report.ts'

export async function serveReadOnly(
  { host, port, names }: NonNullable<AdminSettings['tcp']>,
  { report, metrics }: Pick<AdminSettings, 'report' | 'metrics'>,
): Promise<{ port: number; close(): Promise<void> }> {
  const allowed = new Set([host, 'localhost', ...names].map((name) => name.toLowerCase()))
  const metricsText = metrics && kept(500, metrics.text)

  async function reply(request: IncomingMessage): Promise<Reply> {
    // A page of another site that has its name point here (DNS rebinding) would read along; an address cannot be rebound.
    if (!isAllowed(request.headers.host, allowed)) {
      return { status: 421, type: 'text/plain; charset=utf-8', body: 'This name is not served here.\n' }
    }
    const [path, query] = (request.url ?? '').split('?', 2)
    if (request.method !== 'GET' && request.method !== 'HEAD') return jsonOf(405, { error: 'read-only' })
    switch (path) {
      case '/': {
        const asked = new URLSearchParams(query).get('lang')
        const language = pageLanguage(asked, request.headers['accept-language'])
        const body = statusPage(await report(), language)
        return { status: 200, type: 'text/html; charset=utf-8', body, policy: pagePolicy }
      }
      case '/status.json':
        return jsonOf(200, await report())
      case '/metrics':
        return metrics && metricsText
          ? { status: 200, type: metrics.contentType, body: await metricsText() }
          : jsonOf(404, { error: 'there are no metrics' })
      case '/healthz':
        return jsonOf(200, { status: (await report()).state.status })
      case '/readyz': {
        const { status } = (await report()).state
        return jsonOf(status === 'ok' ? 200 : 503, { status })
      }
      default:
        return jsonOf(404, { error: 'there is nothing here' })
    }
  }

  const server = createServer(serverLimits, (request: IncomingMessage, response: ServerResponse) => {
    void answerWith(reply, request, response)
  })
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(sentence(cause, host, port)))
    server.listen(port, host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) }
}

function isAllowed(header: string | undefined, allowed: ReadonlySet<string>): boolean {
  const name = URL.parse(`http://${header ?? ''}`)?.hostname ?? ''
  return name !== '' && (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || allowed.has(name))
}

function sentence(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `The status page cannot listen on ${host}:${port}`
  const remedy =
    'Set TANBOX_GATEWAY_ADMIN_PORT to another port, to 0 for a free one, or to off for no status page.'
  if (cause.code === 'EADDRINUSE') {
    return new AdminServerError(
      `${where}: another program, perhaps a second gateway, has this port. ${remedy}`,
      { cause },
    )
  }
  return new AdminServerError(`${where} (${cause.code ?? cause.name}). ${remedy}`, { cause })
}

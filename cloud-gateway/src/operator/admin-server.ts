/**
 * The operator's two doors.
 *
 *     const admin = await openAdminServer({
 *       tcp: { host, port, names },          // null: none. Read-only: /, /status.json, /metrics, /healthz, /readyz
 *       socket: join(data, 'admin.sock'),    // null: none. For `tanbox-gateway`: GET /models, GET /state, POST /drain
 *       report: createStatusReports({ name, version, state, targets, recent, accounts }),
 *       models: async () => { await router.look(); return router.status() },
 *       metrics,                             // createMetrics(...), or null: /metrics is 404
 *       drain: () => gateway.drain(),
 *       log,
 *     })
 *     admin.port                             // of the TCP one; null: there is none
 *     await admin.close()
 *
 * Rejects, with a sentence for the operator, when the port or the socket is taken.
 */
import { serveReadOnly } from './admin-server-pages.ts'
import type { AdminSettings } from './admin-server-settings.ts'
import { serveSocket } from './admin-server-socket.ts'

export interface AdminServer {
  readonly port: number | null
  close(): Promise<void>
}

export async function openAdminServer(settings: AdminSettings): Promise<AdminServer> {
  const { tcp, socket, log } = settings
  const pages = tcp && (await serveReadOnly(tcp, settings))
  try {
    const door = socket === null ? null : await serveSocket(socket, settings)
    if (pages) log('admin-listening', { host: tcp.host, port: pages.port })
    return {
      port: pages?.port ?? null,
      async close() {
        await Promise.all([pages?.close(), door?.close()])
      },
    }
  } catch (error) {
    await pages?.close()
    throw error
  }
}

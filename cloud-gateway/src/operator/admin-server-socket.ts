/** The door for `tanbox-gateway`: a Unix socket in the data folder, for its owner alone. */
import { chmodSync, lstatSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { answerWith, closeServer, jsonOf, type Reply, serverLimits } from './admin-server-reply.ts'
import { AdminServerError, type AdminSettings } from './admin-server-settings.ts'

/** What GET /models says. */
export interface ModelsAnswer {
  targets: Awaited<ReturnType<AdminSettings['models']>>
}

export async function serveSocket(
  path: string,
  { report, models, drain, log }: Pick<AdminSettings, 'report' | 'models' | 'drain' | 'log'>,
): Promise<{ close(): Promise<void> } | null> {
  async function reply({ method, url }: IncomingMessage): Promise<Reply> {
    if (method === 'GET' && url === '/models') {
      const answer: ModelsAnswer = { targets: await models() }
      return jsonOf(200, answer)
    }
    if (method === 'GET' && url === '/state') return jsonOf(200, await report())
    if (method === 'POST' && url === '/drain') {
      log('drain-asked')
      drain().catch((error: unknown) => log('drain-failed', { cause: nameOf(error) }))
      return jsonOf(202, { status: 'draining' })
    }
    return jsonOf(404, { error: 'there is nothing here' })
  }

  await clear(path)
  const server = createServer(serverLimits, (request, response) => void answerWith(reply, request, response))
  server.maxConnections = 16
  try {
    await listen(server, path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    // sun_path holds 107 bytes. The gateway does its work without; the command says that it cannot reach it.
    if (code === 'ENAMETOOLONG' || code === 'EINVAL') {
      log('admin-socket-impossible', { code, bytes: Buffer.byteLength(path) })
      return null
    }
    throw new AdminServerError(`The socket ${path} cannot be opened (${code ?? nameOf(cause)}).`, { cause })
  }
  return {
    async close() {
      await closeServer(server)
      rmSync(path, { force: true })
    },
  }
}

/** The file never has other rights than 0600, not even for a moment: it is made within `listen`, in the same turn. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(0o177)
    try {
      server.listen(path, () => {
        chmodSync(path, 0o600)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
}

/** Takes away what a gateway left behind that was killed; one that lives is not to be replaced. */
async function clear(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return
  if (!stats.isSocket()) throw new AdminServerError(`${path} is in the way: it is no socket.`)
  const alive = await new Promise<boolean>((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
  if (alive) throw new AdminServerError(`Another gateway runs on this data folder: it answers at ${path}.`)
  rmSync(path, { force: true })
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error)

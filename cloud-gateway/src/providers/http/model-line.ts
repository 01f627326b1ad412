/**
 * A connection to a model server, plain or TLS. It is read in small pieces and stops at once when it is paused
 * (narrow-socket.ts); one request after the other may go over it.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { connectNarrow, narrowBytes } from './narrow-socket.ts'

export interface LineEvents {
  /** It stands: TCP, and TLS. */
  ready(): void
  /** The bytes may be kept. */
  data(bytes: Buffer): void
  /** The server has ended its side. */
  ended(): void
  /** Once, last. `cause`: why, null where nothing failed. */
  closed(cause: unknown): void
}

export interface ModelLine {
  /** Who is told; another one with each request. */
  events: LineEvents
  write(bytes: Buffer): void
  pause(): void
  resume(): void
  /** Whether it keeps the process alive. */
  hold(on: boolean): void
  destroy(): void
}

/** `sessions`: of TLS by host, which saves a round trip. */
export function dialModel(url: URL, sessions: Map<string, Buffer>, events: LineEvents): ModelLine {
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const where = { host, port: Number(url.port) || (secure ? 443 : 80), noDelay: true }
  if (!secure) return plainLine(where, events)
  const plain = connectNarrow(where)
  const session = sessions.get(url.host)
  const encrypted = connectTls({
    ...{ socket: plain, host },
    ...(isIP(host) === 0 && { servername: host }),
    ...(session && { session }),
  })
  encrypted.on('session', (latest) => sessions.set(url.host, latest))
  // What fails below is reported above, once.
  plain.on('error', (error) => encrypted.destroy(error))
  plain.on('close', () => encrypted.destroy())
  encrypted.on('close', () => plain.destroy())
  const line = lineOver(encrypted, events)
  encrypted.once('secureConnect', () => line.events.ready())
  encrypted.on('data', (bytes: Buffer) => line.events.data(bytes))
  return line
}

/** Without a stream in between: a read is a call. */
function plainLine(where: { host: string; port: number; noDelay: boolean }, events: LineEvents): ModelLine {
  const buffer = Buffer.allocUnsafeSlow(narrowBytes)
  const socket = connectPlain({
    ...where,
    onread: {
      buffer,
      // The buffer is used again.
      callback(length: number) {
        line.events.data(Buffer.from(buffer.subarray(0, length)))
        return true
      },
    },
  })
  const line = lineOver(socket, events)
  socket.once('connect', () => line.events.ready())
  return line
}

function lineOver(socket: Socket | TLSSocket, events: LineEvents): ModelLine {
  let cause: unknown = null
  const line: ModelLine = {
    events,
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    hold: (on) => void (on ? socket.ref() : socket.unref()),
    destroy: () => void socket.destroy(),
  }
  socket.on('end', () => line.events.ended())
  socket.on('error', (error) => {
    cause ??= error
  })
  socket.once('close', () => line.events.closed(cause))
  return line
}

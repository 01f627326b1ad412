import type { FastifyReply } from 'fastify'

/** Server-sent events (WHATWG HTML, section 9.2) on a hijacked reply. */
export interface EventStream {
  /** False once the reader has gone. */
  readonly open: boolean
  /** Resolves when the reader can take more; at once while it keeps up. */
  send(event: string, data: unknown): Promise<void>
  /** Called once when the reader goes away or the stream is closed. */
  onClose(listener: () => void): void
  close(): void
}

const heartbeatMs = 15_000

/** A reader that takes nothing for this long is cut off. */
const stalledMs = 30_000

export function openEventStream(reply: FastifyReply): EventStream {
  reply.hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  raw.flushHeaders()

  const heartbeat = setInterval(() => raw.write(': \n\n'), heartbeatMs)
  const listeners: (() => void)[] = []
  raw.once('close', () => {
    clearInterval(heartbeat)
    for (const listener of listeners) listener()
  })

  const drained = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => raw.destroy(), stalledMs)
      const settle = () => {
        clearTimeout(timer)
        raw.off('drain', settle)
        raw.off('close', settle)
        resolve()
      }
      raw.once('drain', settle)
      raw.once('close', settle)
    })

  return {
    get open() {
      return !raw.destroyed && !raw.writableEnded
    },
    async send(event, data) {
      if (raw.destroyed || raw.writableEnded) return
      if (!raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) await drained()
    },
    onClose(listener) {
      if (raw.destroyed) listener()
      else listeners.push(listener)
    },
    close() {
      clearInterval(heartbeat)
      raw.end()
    },
  }
}

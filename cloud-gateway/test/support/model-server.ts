/** A model server on a free port that answers as a test tells it to, in raw bytes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ModelServer extends AsyncDisposable {
  /** Without a path. */
  root: string
  /** As the openai provider takes it. */
  baseUrl: string
  requests: { url: string; headers: IncomingMessage['headers']; body: Record<string, unknown> }[]
  /** Requests whose client went away before the response was over. */
  readonly abandoned: number
}

export type Reply = (
  response: ServerResponse,
  request: IncomingMessage,
  body: Record<string, unknown>,
) => void | Promise<void>

export async function modelServer(reply: Reply): Promise<ModelServer> {
  const requests: ModelServer['requests'] = []
  let abandoned = 0
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const body = text ? JSON.parse(text) : {}
      requests.push({ url: request.url ?? '', headers: request.headers, body })
      response.on('close', () => {
        if (!response.writableFinished) abandoned += 1
      })
      void Promise.resolve(reply(response, request, body)).catch(() => response.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    root,
    baseUrl: `${root}/v1`,
    requests,
    get abandoned() {
      return abandoned
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Until more can be written, or nobody is there any more. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
}

export const chunk = (delta: Record<string, unknown>, finish: string | null = null, more = {}) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`

export const usageChunk = (prompt: number, completion: number) =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion } })}\n\n`

export const done = 'data: [DONE]\n\n'

/** Sends these pieces as an event stream, each in its own packet. */
export function stream(...pieces: (string | Uint8Array)[]): Reply {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    for (const piece of pieces) {
      response.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    response.end()
  }
}

/** As `stream`, then the connection is torn down. */
export function tornStream(...pieces: (string | Uint8Array)[]): Reply {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of pieces) response.write(piece)
    await new Promise((resolve) => setTimeout(resolve, 20))
    response.destroy()
  }
}

export function failure(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/**
 * The original `api.py` of ChatGLM-6B: one POST, one JSON object back when the model is done. It reports neither
 * usage nor why it stopped, and goes on computing when nobody listens any more.
 */
import { connect } from 'node:net'
import { askError } from '../errors.ts'
import type { AskBody } from '../protocol.ts'
import { glmRequest } from './chatglm/request.ts'
import { readJson } from './http/read-body.ts'
import { createSend } from './http/request.ts'
import { requireStream } from './http/require-stream.ts'
import { writePieces } from './pieces.ts'
import type { Provider } from './provider.ts'

export interface ChatglmSettings {
  /** The address that api.py listens on, e.g. http://127.0.0.1:8000/ */
  url: string
  /** For a proxy before it; api.py itself wants none. */
  key: string
  model: string
  /** Prompt and answer together, tokens; ChatGLM-6B was trained for 2048. */
  contextTokens: number
  temperature: number
  topP: number
  connectMs: number
  estimatePrompt: (question: AskBody) => number
}

/** Prompt, history and answer come back together. */
const longestReply = 2 * 1024 * 1024

export function createChatglmProvider(settings: ChatglmSettings): Provider {
  const url = new URL(settings.url)
  const send = createSend(settings.connectMs)
  return {
    model: settings.model,
    async write(request, out, signal) {
      const headers: Record<string, string> = { accept: 'application/json' }
      if (settings.key !== '') headers.authorization = `Bearer ${settings.key}`
      if (request.traceparent) headers.traceparent = request.traceparent
      const response = await send(url, {
        method: 'POST',
        headers,
        body: JSON.stringify(glmRequest(request, settings)),
        signal,
        connected: () => out.progress('prefill'),
      })
      await requireStream(response, /^application\/json\b/i, signal)
      const { response: answer, status } = await readJson(response, longestReply, signal)
      // It has no finish reason; that the object is whole and says 200 is all there is.
      if (status !== 200 || typeof answer !== 'string')
        throw askError('model-bad-response', 'no answer in it')
      await writePieces(piecesOf(answer), out, signal)
      return { finish: 'stop', usage: null }
    },
    check: (signal) => reach(url, settings.connectMs, signal),
  }
}

/** In stretches of a few words, cut between characters. */
const piecesOf = (answer: string) => answer.match(/[\s\S]{1,24}/gu) ?? []

/** Any GET is an error for it, and any POST costs an answer: that it accepts a connection must do. */
function reach(url: URL, connectMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port })
    const end = (settle: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.destroy()
      settle()
    }
    const abort = () => end(() => reject(signal.reason))
    const timer = setTimeout(() => end(() => reject(askError('model-connect-timeout'))), connectMs)
    signal.addEventListener('abort', abort, { once: true })
    socket.once('connect', () => end(resolve))
    socket.on('error', (cause) => end(() => reject(askError('model-unreachable', '', { cause }))))
  })
}

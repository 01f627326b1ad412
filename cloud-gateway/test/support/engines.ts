/** Model servers of each kind, byte by byte, for what every driver has to keep. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createChatglmProvider } from '../../src/providers/chatglm.ts'
import { createOllamaProvider, type OllamaSettings } from '../../src/providers/ollama.ts'
import { createOpenaiProvider, type OpenaiSettings } from '../../src/providers/openai.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { chunk, done, usageChunk } from './model-server.ts'

export interface Engine {
  name: string
  /** `root` without a path, e.g. http://127.0.0.1:1234 */
  provider(root: string): Provider
  contentType: string
  /** Bytes of an answer: the opening, tokens, the closing. */
  opening: string
  token(text: string): string
  closing: string
  /** An error in the middle of the stream; null where there is no such thing. */
  failure(message: string): string | null
  /** What `check` asks is answered well; true: it was that. */
  answersCheck(request: IncomingMessage, response: ServerResponse): boolean
}

const json = (response: ServerResponse, body: unknown) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
  return true
}

export const openaiAt = (baseUrl: string, changes: Partial<OpenaiSettings> = {}) =>
  createOpenaiProvider({
    baseUrl,
    key: 'sk-test',
    model: 'glm',
    dialect: 'openai',
    contextTokens: 8192,
    thinking: null,
    continuousUsage: false,
    signKey: false,
    tokenize: false,
    connectMs: 1000,
    extra: {},
    estimatePrompt: () => 100,
    ...changes,
  })

export const openaiEngine: Engine = {
  name: 'openai',
  provider: (root) => openaiAt(`${root}/v1`),
  contentType: 'text/event-stream',
  opening: chunk({ role: 'assistant', content: '' }),
  token: (text) => chunk({ content: text }),
  closing: chunk({}, 'stop') + usageChunk(50, 8) + done,
  failure: (message) => `data: ${JSON.stringify({ error: { message, code: 500 } })}\n\n`,
  answersCheck: ({ method, url }, response) =>
    method === 'GET' && url === '/v1/models' && json(response, { data: [{ id: 'glm' }] }),
}

export const ollamaAt = (baseUrl: string, changes: Partial<OllamaSettings> = {}) =>
  createOllamaProvider({
    baseUrl,
    key: '',
    model: 'qwen3:8b',
    contextTokens: 8192,
    thinking: null,
    keepAlive: null,
    options: {},
    connectMs: 1000,
    ...changes,
  })

export const ollamaLine = (more: Record<string, unknown>) =>
  `${JSON.stringify({ model: 'qwen3:8b', created_at: '2025-10-26T17:15:24.097767Z', done: false, ...more })}\n`

export const ollamaEngine: Engine = {
  name: 'ollama',
  provider: (root) => ollamaAt(root),
  contentType: 'application/x-ndjson',
  opening: '',
  token: (text) => ollamaLine({ message: { role: 'assistant', content: text } }),
  closing: ollamaLine({
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 50,
    eval_count: 8,
  }),
  failure: (message) => `${JSON.stringify({ error: message })}\n`,
  answersCheck: ({ method, url }, response) =>
    method === 'GET' && url === '/api/tags' && json(response, { models: [{ name: 'qwen3:8b' }] }),
}

export const chatglmAt = (url: string, changes: { contextTokens?: number } = {}) =>
  createChatglmProvider({
    url,
    key: '',
    model: 'chatglm-6b',
    contextTokens: 2048,
    temperature: 0.95,
    topP: 0.7,
    connectMs: 1000,
    estimatePrompt: () => 100,
    ...changes,
  })

export const chatglmEngine: Engine = {
  name: 'chatglm',
  provider: (root) => chatglmAt(`${root}/`),
  contentType: 'application/json',
  opening: '{"response":"',
  token: (text) => text,
  closing: '","history":[],"status":200,"time":"2023-05-01 12:00:00"}',
  failure: () => null,
  answersCheck: () => false,
}

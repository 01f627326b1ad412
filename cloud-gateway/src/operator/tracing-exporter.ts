/** Takes spans to a collector, OTLP over HTTP in JSON. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { OtlpAttribute, OtlpSpan } from './tracing-spans.ts'

export interface ExporterSettings {
  /** Of the traces endpoint, as a whole: http://127.0.0.1:4318/v1/traces */
  url: string
  headers: Readonly<Record<string, string>>
  resource: readonly OtlpAttribute[]
  version: string
  /** Told when the collector stops taking spans, with its status (0: none came), and when it takes them again. */
  changed?: (takes: boolean, status: number) => void
  /** Spans that may wait; what comes beyond is dropped and counted. */
  most?: number
  /** Spans of one request, how long they are gathered, and how long a collector may take. */
  batch?: number
  everyMs?: number
  limitMs?: number
}

export interface Exporter {
  add(spans: readonly OtlpSpan[]): void
  counts(): { exported: number; dropped: number; waiting: number }
  /** Sends what waits, once. */
  close(): Promise<void>
}

/** After so many failures in a row it is asked seldom: a dead collector costs a request a minute. */
const patience = 3
const seldomMs = 60_000
/** Statuses after which the same batch may be sent again (OTLP 1.x, "Retryable Response Codes"). */
const retryable = new Set([429, 502, 503, 504])

/**
 * One request at a time. A batch that failed is sent once more, if the collector said that it may be; then it is dropped.
 * Nothing here is waited for by an answer, and nothing throws.
 */
export function createExporter(settings: ExporterSettings): Exporter {
  const { most = 4096, batch = 512, everyMs = 2000, limitMs = 5000 } = settings
  const url = new URL(settings.url)
  const waiting: OtlpSpan[] = []
  let sending: Promise<void> | null = null
  let exported = 0
  let dropped = 0
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function schedule(): void {
    if (timer || closed || waiting.length === 0) return
    timer = setTimeout(
      () => {
        timer = undefined
        void send().then(schedule)
      },
      failures >= patience ? Math.max(seldomMs, everyMs) : everyMs,
    )
    timer.unref()
  }

  function send(): Promise<void> {
    sending ??= sendBatch().finally(() => {
      sending = null
    })
    return sending
  }

  async function sendBatch(): Promise<void> {
    const spans = waiting.splice(0, batch)
    if (spans.length === 0) return
    const body = encode(settings, spans)
    let status = await post(body)
    if (retryable.has(status) && failures === 0) status = await post(body)
    if (status >= 200 && status < 300) {
      exported += spans.length
      if (failures > 0) settings.changed?.(true, status)
      failures = 0
    } else {
      dropped += spans.length
      if (failures === 0) settings.changed?.(false, status)
      failures += 1
    }
  }

  /** The status; 0 when there was none. */
  function post(body: string): Promise<number> {
    return new Promise((resolve) => {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: false,
        timeout: limitMs,
        signal: AbortSignal.timeout(limitMs),
        headers: {
          ...settings.headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      })
      request.on('error', () => resolve(0))
      request.once('response', (response) => {
        resolve(response.statusCode ?? 0)
        // What a collector says is of no use; what it goes on saying is not waited for.
        response.on('error', () => {})
        response.destroy()
      })
      request.end(body)
    })
  }

  return {
    add(spans) {
      if (waiting.length + spans.length > most) {
        dropped += spans.length
        return
      }
      waiting.push(...spans)
      schedule()
    },
    counts: () => ({ exported, dropped, waiting: waiting.length }),
    async close() {
      closed = true
      clearTimeout(timer)
      await sending
      await send()
      dropped += waiting.length
      waiting.length = 0
    },
  }
}

function encode({ resource, version }: ExporterSettings, spans: readonly OtlpSpan[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: resource },
        scopeSpans: [{ scope: { name: 'tanbox.gateway', version }, spans }],
      },
    ],
  })
}

/** One request over a connection and its response, up to the moment at which the connection is free or closed. */
import { type AskError, askError } from '../../errors.ts'
import type { LineEvents, ModelLine } from './model-line.ts'
import { createResponseReader, type ResponseHead, type ResponseReader } from './response-reader.ts'

/** What is told of a body; `end` or `broken` comes last, once. */
export interface BodyEvents {
  data(bytes: Buffer): void
  end(): void
  /** The connection broke, or the framing did. */
  broken(cause: unknown): void
}

export interface ModelResponse extends ResponseHead {
  /** Hands the body over from here on, and what of it has come. To be called once. */
  read(events: BodyEvents): void
  /** Nothing more is read from the connection. */
  pause(): void
  resume(): void
  /** Enough was read of a response that is as it should be: its rest is not told. */
  leave(): void
  /** Closes the connection. */
  destroy(): void
}

export interface ExchangeSettings {
  request: Buffer
  signal: AbortSignal
  /** Told once, when the request is on its way. */
  sent: () => void
  /** The connection has another response to give, if it is asked within so many milliseconds. */
  free: (line: ModelLine, forMs: number) => void
}

/** A server that closed a connection that was kept before it heard of the request: it can be asked once more. */
export class StaleLine extends Error {
  override name = 'StaleLine'
}

/** How long a connection is kept at most, and how soon a server closes one that it had given up, milliseconds. */
const keepMs = 1000
const staleMs = 1000
/** What may still come of a response that was left: its end, and [DONE] before that. */
const restMs = 100
const restBytes = 4096

export class Exchange implements LineEvents {
  readonly response: Promise<ModelResponse>
  readonly #settings: ExchangeSettings
  readonly #reader: ResponseReader
  readonly #resolve: (response: ModelResponse) => void
  readonly #reject: (error: unknown) => void
  /** Null: it is no longer ours. */
  #line: ModelLine | null = null
  #forMs = 0
  #kept = false
  #sentAt = 0
  #cause: unknown = null
  #begun = false
  #listener: BodyEvents | null = null
  /** What came before anybody listened: at most what came with the head. */
  #early: Buffer[] = []
  /** What was told last, for who listens later. */
  #over: ((listener: BodyEvents) => void) | null = null
  #held = false
  #left = 0
  #timer: NodeJS.Timeout | null = null

  constructor(settings: ExchangeSettings) {
    const { promise, resolve, reject } = Promise.withResolvers<ModelResponse>()
    this.response = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#settings = settings
    this.#reader = createResponseReader({
      head: (head) => this.#takeHead(head),
      body: (bytes) => this.#takeBody(bytes),
      end: () => this.#tell((listener) => listener.end()),
    })
    settings.signal.addEventListener('abort', this.#abort, { once: true })
  }

  /** Over a connection that is being made, within `connectMs`. */
  dial(line: ModelLine, connectMs: number): void {
    this.#line = line
    this.#timer = setTimeout(() => this.#close(askError('model-connect-timeout')), connectMs)
  }

  /** Over one that stands. */
  use(line: ModelLine): void {
    this.#line = line
    this.#kept = true
    line.events = this
    queueMicrotask(() => this.ready())
  }

  // ---- what the connection tells

  ready(): void {
    this.#clearTimer()
    if (this.#line === null || this.#settings.signal.aborted) return
    this.#sentAt = performance.now()
    this.#line.write(this.#settings.request)
    this.#settings.sent()
  }

  data(bytes: Buffer): void {
    if (this.#line === null || this.#reader.done) return
    try {
      this.#reader.push(bytes)
    } catch (error) {
      this.#close(this.#begun ? error : notHttp(error))
    }
    if (this.#reader.done) this.#complete()
    else if (this.#left > 0) this.#countRest(bytes.length)
  }

  ended(): void {
    if (this.#reader.closed()) this.#line?.destroy()
  }

  closed(cause: unknown): void {
    this.#cause ??= cause
    this.#release()
    const { signal } = this.#settings
    if (this.#begun) this.#tell((listener) => listener.broken(this.#cause))
    else if (signal.aborted) this.#reject(signal.reason)
    else if (this.#isStale()) this.#reject(new StaleLine())
    else this.#reject(this.#reader.begun ? notHttp(this.#cause) : failedBefore(this.#cause))
  }

  // ---- steps

  #takeHead(head: ResponseHead): void {
    this.#begun = true
    this.#forMs = keepFor(head)
    // Nobody listens yet.
    this.#line?.pause()
    this.#resolve({
      ...head,
      read: (listener) => this.#read(listener),
      pause: () => {
        this.#held = true
        this.#line?.pause()
      },
      resume: () => {
        this.#held = false
        this.#line?.resume()
      },
      leave: () => this.#leave(),
      destroy: () => this.#line?.destroy(),
    })
  }

  #read(listener: BodyEvents): void {
    // After the reader's own first steps, like everything that comes later.
    queueMicrotask(() => {
      this.#listener = listener
      const early = this.#early
      this.#early = []
      for (const bytes of early) listener.data(bytes)
      if (this.#over) this.#over(listener)
      else if (!this.#held) this.#line?.resume()
    })
  }

  #takeBody(bytes: Buffer): void {
    if (this.#left > 0) return
    if (this.#listener) this.#listener.data(bytes)
    else this.#early.push(bytes)
  }

  #tell(last: (listener: BodyEvents) => void): void {
    if (this.#over) return
    this.#over = last
    if (this.#listener) last(this.#listener)
  }

  /** The response is whole. */
  #complete(): void {
    const line = this.#line
    const free = this.#forMs > 0 && !this.#reader.surplus && !this.#settings.signal.aborted
    this.#release()
    if (free) this.#settings.free(line!, this.#forMs)
    else line?.destroy()
  }

  #leave(): void {
    if (this.#line === null || this.#reader.done || this.#left > 0) return
    if (this.#forMs === 0) {
      this.#line.destroy()
      return
    }
    this.#left = 1
    this.#settings.signal.removeEventListener('abort', this.#abort)
    this.#timer = setTimeout(() => this.#line?.destroy(), restMs)
    this.#line.resume()
  }

  #countRest(bytes: number): void {
    this.#left += bytes
    if (this.#left > restBytes) this.#line?.destroy()
  }

  #release(): void {
    this.#clearTimer()
    this.#settings.signal.removeEventListener('abort', this.#abort)
    this.#line = null
  }

  #isStale(): boolean {
    return this.#kept && !this.#reader.begun && performance.now() - this.#sentAt < staleMs
  }

  readonly #abort = () => this.#line?.destroy()

  #close(error: unknown): void {
    this.#cause ??= error
    this.#line?.destroy()
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}

/** How long a connection may wait after this response, milliseconds; 0: it must not be used again. */
function keepFor({ status, version, headers }: ResponseHead): number {
  const close = /(?:^|,)\s*close\s*(?:,|$)/i.test(headers.get('connection') ?? '')
  if (status !== 200 || version !== '1.1' || close) return 0
  const seconds = /(?:^|,)\s*timeout=(\d{1,9})/i.exec(headers.get('keep-alive') ?? '')?.[1]
  return seconds === undefined ? keepMs : Math.max(0, Math.min(keepMs, (Number(seconds) - 1) * 1000))
}

const notHttp = (cause: unknown): AskError =>
  cause instanceof Error && cause.name === 'AskError'
    ? (cause as AskError)
    : askError('model-bad-response', 'no HTTP response', { cause })

/** The error for a connection that failed before there was a response. */
function failedBefore(cause: unknown): AskError {
  return cause instanceof Error && cause.name === 'AskError'
    ? (cause as AskError)
    : askError('model-unreachable', '', cause === null ? {} : { cause })
}

/**
 * Which model answers. An alias stands for an ordered list of targets; each target is a provider with the operator's
 * figures for it. The port is what `answers/` needs; `create-router.ts` keeps it.
 */
import type { AskBody } from '../protocol.ts'
import type { ModelFinish, ModelRequest, ModelSink, ModelTimers, Provider } from '../providers/provider.ts'

/** One way to a model, as the operator configured it. */
export interface Target {
  /** The operator's name for it; stands in metrics and usage. */
  name: string
  provider: Provider
  /** Prompt and answer together, tokens. */
  contextTokens: number
  /** Answers in work at a time; the others wait in the queue. */
  concurrency: number
  timers: ModelTimers
  /** Millionths of the operator's currency per million tokens. */
  price: { prompt: number; completion: number }
  /** Microwatt-hours per thousand tokens; null: not known. */
  energy: { prompt: number; completion: number } | null
}

export interface RouteRequest extends Omit<ModelRequest, 'maxTokens'> {
  /** These tie the attempts to the answer in traces. */
  rid: string
  epoch: number
  alias: string
  box: string
  /** As counted or estimated by `countPrompt`. */
  promptTokens: number
  maxTokens: number
}

/**
 * As a model's sink, and told which target is asked. `code` is why the one before was given up, or why the alias's first
 * target is not asked at all (its circuit is open, it is unhealthy); null: it is that first one, as `modelOf` said.
 */
export interface RouteSink extends ModelSink {
  target(target: Target, code: string | null): void
}

export interface RouteFinish extends ModelFinish {
  target: Target
}

export interface Router {
  readonly aliases: readonly string[]
  has(alias: string): boolean
  /** The model of the alias's first target: what the box is told before a target was asked. `alias` is a known one. */
  modelOf(alias: string): string
  /** Tokens of the prompt for the first target of the alias, counted where that is possible, else estimated. */
  countPrompt(alias: string, question: AskBody, signal: AbortSignal): Promise<number>
  /**
   * Waits for a turn (fair share per box), asks the first healthy target and, while nothing of the answer has gone to
   * the sink, the next ones. Rejects with AskError (`queue-full`, `model-...`, `incomplete`, timers), with the signal's
   * reason when that aborts, which never counts against a target.
   */
  answer(request: RouteRequest, sink: RouteSink, signal: AbortSignal): Promise<RouteFinish>
  /** For metrics, the status page and `tanbox-gateway models`. */
  status(): TargetStatus[]
  /** Asks every target now whether it can be asked, so that `status` says how they are. Never rejects. */
  look(): Promise<void>
  close(): void
}

export interface TargetStatus {
  name: string
  model: string
  aliases: string[]
  /** `open`: not asked for a while after failures; `half-open`: one answer tries it. */
  circuit: 'closed' | 'open' | 'half-open'
  /** Of the last health check; null: none yet. */
  healthy: boolean | null
  running: number
  queued: number
  concurrency: number
  /** Code of the last failure; null: none since it last answered. */
  lastFailure: string | null
}

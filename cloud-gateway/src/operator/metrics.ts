/**
 * Metrics for Prometheus, counted by prom-client (some 9 MB of memory, 2.5 microseconds an answer). Nothing here runs per
 * token: an answer, a connection or a failure is counted when it is over, gauges are read when somebody asks.
 *
 * Labels come from catalogues (targets and aliases of the configuration, codes of errors.ts, close codes of protocol.ts);
 * what is in none of them is `other`. Never a box, a question's id, or an address.
 */
import { Counter, Histogram, Registry } from 'prom-client'
import { askErrors } from '../errors.ts'
import { closeCodes } from '../protocol.ts'
import type { TargetStatus } from '../routing/router.ts'
import {
  addProcessGauges,
  addSpanCounters,
  addStateGauges,
  addTargetGauges,
  prefix,
} from './metrics-gauges.ts'
import type { GatewayState, Observation, Observer } from './observer.ts'

export interface Metrics extends Observer {
  readonly contentType: string
  /** The text exposition format 0.0.4. */
  text(): Promise<string>
  close(): void
}

export interface MetricsSources {
  version: string
  /** Null while the gateway starts. */
  state(): GatewayState | null
  targets(): readonly TargetStatus[]
  aliases: readonly string[]
  /** Spans of traces, where they are exported. */
  spans?: () => { exported: number; dropped: number; waiting: number }
}

const firstTokenBuckets = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 13, 20, 30, 60]
const answerBuckets = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600]
const handshakeBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const outcomes = new Set<string>([
  ...Object.keys(askErrors),
  ...['stop', 'length', 'content_filter', 'cancelled', 'aborted'],
])
const knownCloses = new Set<number>([1000, 1001, 1002, 1005, 1006, 1009, 1011, ...Object.values(closeCodes)])

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []) =>
    new Counter<T>({ name: prefix + name, help, labelNames, registers })
  const histogram = <T extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly T[],
  ) => new Histogram<T>({ name: prefix + name, help, labelNames, buckets, registers })

  const handshakes = counter('handshakes_total', 'Handshakes by how they ended', ['outcome'])
  const handshakeSeconds = histogram(
    'handshake_seconds',
    'From the greeting to how the handshake ended',
    handshakeBuckets,
    [],
  )
  const closes = counter('connections_closed_total', 'Connections that ended, by close code', ['code'])
  const answers = counter('answers_total', 'Answers that are over, by finish reason or error code', [
    'alias',
    'target',
    'outcome',
  ])
  const firstToken = histogram(
    'time_to_first_token_seconds',
    'From the question to the first text, reasoning or answer',
    firstTokenBuckets,
    ['target'],
  )
  const answerSeconds = histogram('answer_seconds', 'From the question to the end', answerBuckets, ['target'])
  const queueSeconds = histogram('queue_seconds', 'From the choice of a target to its turn', answerBuckets, [
    'target',
  ])
  const tokens = counter('tokens_total', 'Tokens, by who counted them', ['target', 'kind', 'counted'])
  const attempts = counter('target_attempts_total', 'How often a target was chosen, by how that ended', [
    'target',
    'outcome',
  ])
  const failures = counter('target_failures_total', 'Targets that were asked and failed, by error code', [
    'target',
    'code',
  ])
  const resumes = counter('resumes_total', 'Answers taken up again, asked for again, or lost', ['outcome'])
  const stalled = counter('stalled_total', 'Connections cut because the box did not read')
  const deltas = counter('deltas_total', 'Stretches of text sent to boxes')

  const targetNames = new Set(sources.targets().map(({ name }) => name))
  const aliasNames = new Set(sources.aliases)
  const targetOf = (name: string | null) => (name === null ? 'none' : oneOf(targetNames, name))

  addStateGauges(registry, sources.state)
  addTargetGauges(registry, sources.targets)
  const stopProcess = addProcessGauges(registry, sources.version)
  if (sources.spans) addSpanCounters(registry, sources.spans)

  function observe(observation: Observation): void {
    switch (observation.type) {
      case 'handshake':
        handshakes.inc({ outcome: observation.outcome })
        handshakeSeconds.observe(observation.ms / 1000)
        return
      case 'connection-closed':
        closes.inc({ code: knownCloses.has(observation.code) ? observation.code : 'other' })
        return
      case 'asked-again':
      case 'resumed':
      case 'resume-lost':
        resumes.inc({ outcome: observation.type })
        return
      case 'stalled':
        stalled.inc()
        return
      case 'deltas':
        deltas.inc(observation.count)
        return
      case 'target-failed':
        failures.inc({ target: targetOf(observation.target), code: oneOf(outcomes, observation.code) })
        return
      case 'attempt':
        observeAttempt(observation)
        return
      case 'answer':
        observeAnswer(observation)
    }
  }

  function observeAttempt({ target, code, queuedMs }: Extract<Observation, { type: 'attempt' }>): void {
    const name = targetOf(target)
    const outcome = code === null ? 'answered' : code === 'aborted' ? 'aborted' : 'failed'
    attempts.inc({ target: name, outcome })
    queueSeconds.observe({ target: name }, queuedMs / 1000)
  }

  function observeAnswer(answer: Extract<Observation, { type: 'answer' }>): void {
    const target = targetOf(answer.target)
    answers.inc({
      target,
      alias: oneOf(aliasNames, answer.alias),
      outcome: oneOf(outcomes, answer.outcome),
    })
    answerSeconds.observe({ target }, answer.totalMs / 1000)
    if (answer.firstTokenMs !== null) firstToken.observe({ target }, answer.firstTokenMs / 1000)
    if (!answer.usage) return
    const counted = answer.usage.exact ? 'exact' : 'estimated'
    tokens.inc({ target, counted, kind: 'prompt' }, answer.usage.promptTokens)
    tokens.inc({ target, counted, kind: 'completion' }, answer.usage.completionTokens)
  }

  return {
    observe,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close: stopProcess,
  }
}

const oneOf = (known: ReadonlySet<string>, value: string) => (known.has(value) ? value : 'other')

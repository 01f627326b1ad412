/**
 * Traces of answers for an OpenTelemetry collector: one span for the answer, below it one for each waiting and each
 * attempt at a model.
 *
 *     const tracing = createTracing({ url, headers, name, version })
 *     tracing.observe(observation)                         // what happens comes in here
 *     createRouter({ ..., traceparentOf: tracing.traceparentOf })
 *     createMetrics({ ..., spans: tracing.counts })
 *     await tracing.close()                                // sends what waits
 *
 * Written by hand rather than with @opentelemetry: see docs/decisions/509.
 */
import type { Observer } from './observer.ts'
import { traceOf, traceparentOf } from './tracing-context.ts'
import { createExporter, type ExporterSettings } from './tracing-exporter.ts'
import { type AnswerObservation, type AttemptObservation, attributesOf, spansOf } from './tracing-spans.ts'

export interface Tracing extends Observer {
  /** What a model server is told of the trace, by the router. */
  traceparentOf: typeof traceparentOf
  counts(): { exported: number; dropped: number; waiting: number }
  close(): Promise<void>
}

export interface TracingSettings
  extends Pick<ExporterSettings, 'url' | 'headers' | 'version' | 'changed' | 'most' | 'everyMs' | 'limitMs'> {
  /** The gateway's. */
  name: string
}

/** Answers whose attempts are kept until they are over; the oldest go first. */
const mostAnswers = 10_000

const idOf = ({ rid, epoch }: { rid: string; epoch: number }) => `${rid} ${epoch}`

export function createTracing({ name, ...settings }: TracingSettings): Tracing {
  const exporter = createExporter({
    ...settings,
    resource: attributesOf({
      'service.name': 'tanbox-gateway',
      'service.instance.id': name,
      'service.version': settings.version,
    }),
  })
  /** By rid and epoch. */
  const attempts = new Map<string, AttemptObservation[]>()

  function keep(attempt: AttemptObservation): void {
    const id = idOf(attempt)
    const before = attempts.get(id)
    if (before) before.push(attempt)
    else attempts.set(id, [attempt])
    if (attempts.size > mostAnswers) attempts.delete(attempts.keys().next().value!)
  }

  function over(answer: AnswerObservation): void {
    const own = attempts.get(idOf(answer)) ?? []
    attempts.delete(idOf(answer))
    const context = traceOf(answer)
    if (context.sampled) exporter.add(spansOf(answer, own, context))
  }

  return {
    observe(observation) {
      if (observation.type === 'attempt') keep(observation)
      // The attempt of an answer that was stopped comes right after it.
      else if (observation.type === 'answer') setImmediate(over, observation)
    },
    traceparentOf,
    counts: exporter.counts,
    async close() {
      await new Promise((resolve) => setImmediate(resolve))
      await exporter.close()
    },
  }
}

/** What came of many answers, whoever was asked. */
import { quantile, rounded } from '../quantile.ts'
import { readTokens } from '../tokens.ts'

export interface AnswerResult {
  wanted: number
  tokens: number
  wrong: number
  firstTokenMs: number
  latenciesMs: number[]
  /** Finish reason or error code. */
  outcome: string
  restarts: number
}

export function summarise(results: readonly AnswerResult[]) {
  const latencies = results.flatMap(({ latenciesMs }) => latenciesMs)
  const first = results.map(({ firstTokenMs }) => firstTokenMs).filter((ms) => !Number.isNaN(ms))
  const outcomes: Record<string, number> = {}
  for (const { outcome } of results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return {
    answers: results.length,
    tokens: results.reduce((sum, { tokens }) => sum + tokens, 0),
    lostOrRepeated: results.reduce(
      (sum, { wanted, tokens, wrong }) => sum + wrong + Math.abs(wanted - tokens),
      0,
    ),
    restarts: results.reduce((sum, { restarts }) => sum + restarts, 0),
    outcomes,
    tokenMs: { p50: rounded(quantile(latencies, 0.5), 3), p99: rounded(quantile(latencies, 0.99), 3) },
    firstTokenMs: {
      p50: rounded(quantile(first, 0.5), 3),
      p95: rounded(quantile(first, 0.95), 3),
      p99: rounded(quantile(first, 0.99), 3),
    },
  }
}

export type Summary = ReturnType<typeof summarise>

/** Follows one answer from the question to its end. */
export function followAnswer(wanted: number) {
  const asked = performance.now()
  let reader = readTokens()
  let firstTokenMs = Number.NaN
  let restarts = 0
  return {
    text(text: string, at: number) {
      if (Number.isNaN(firstTokenMs)) firstTokenMs = performance.now() - asked
      reader.take(text, at)
    },
    restart() {
      reader = readTokens()
      restarts += 1
    },
    over(outcome: string): AnswerResult {
      const { tokens, wrong, latenciesMs } = reader
      return { wanted, tokens, wrong, firstTokenMs, latenciesMs, outcome, restarts }
    },
  }
}

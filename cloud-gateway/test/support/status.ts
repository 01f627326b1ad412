/** How a gateway may be, for tests of what operators see. */
import type { StatusReport } from '../../src/operator/status-report.ts'

export function report(changes: Partial<StatusReport> = {}): StatusReport {
  return {
    name: 'gateway.example.cn',
    version: '1.2.3',
    now: Date.UTC(2026, 4, 1, 8, 30, 15),
    upMs: 3 * 86_400_000 + 4 * 3_600_000,
    state: {
      status: 'ok',
      connections: 1234,
      handshakes: 5,
      running: 42,
      heldBytes: 3_500_000,
      detachedBytes: 65_536,
      detachedAnswers: 3,
    },
    targets: [
      {
        name: 'vllm-qwen3',
        model: 'Qwen/Qwen3-32B-Instruct-with-a-rather-long-name-as-they-have',
        aliases: ['default', 'qwen'],
        circuit: 'closed',
        healthy: true,
        running: 12,
        queued: 7,
        concurrency: 64,
        lastFailure: null,
      },
      {
        name: 'zhipu',
        model: 'glm-4-flash',
        aliases: ['default'],
        circuit: 'open',
        healthy: false,
        running: 0,
        queued: 0,
        concurrency: 8,
        lastFailure: 'model-balance',
      },
      {
        name: 'ollama',
        model: 'qwen3:8b',
        aliases: ['small'],
        circuit: 'half-open',
        healthy: null,
        running: 1,
        queued: 0,
        concurrency: 4,
        lastFailure: 'first-token-timeout',
      },
    ],
    recent: { minutes: 5, answers: 318, failed: 4, firstTokenP50Ms: 412, firstTokenP95Ms: 2231 },
    today: {
      day: '2026-05-01',
      answers: 8214,
      promptTokens: 12_345_678,
      completionTokens: 2_345_678,
      estimatedTokens: 1200,
    },
    memory: { rssBytes: 187_000_000, heapBytes: 45_000_000 },
    ...changes,
  }
}

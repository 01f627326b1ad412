import { randomBytes } from 'node:crypto'
import type { AskEvent } from '../../src/client.ts'
import type { AskBody } from '../../src/protocol.ts'

export function question(changes: Partial<AskBody> = {}): AskBody {
  return {
    v: 1,
    model: 'default',
    system: '只根据资料回答。',
    question: '2025年的目标是多少？',
    history: [],
    passages: [
      { n: 1, title: '规划', where: '第 1 页', text: '到2025年，能耗下降13.5%。其他工作另行安排。' },
      { n: 2, title: '通知', where: '第 2 页', text: '各部门应当按时报送数据。' },
    ],
    maxTokens: 500,
    language: 'zh',
    ...changes,
  }
}

export const payloadOf = (body: unknown) => new TextEncoder().encode(JSON.stringify(body))

/** A UUIDv7 of now. */
export function newRid(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export const never = new AbortController().signal

export interface Outcome {
  events: AskEvent[]
  /** The answer's text, reasoning left out. */
  text: string
  error: (Error & { code?: string; retryable?: boolean }) | null
}

/** Everything an answer brings. */
export async function collect(events: AsyncIterable<AskEvent>): Promise<Outcome> {
  const outcome: Outcome = { events: [], text: '', error: null }
  try {
    for await (const event of events) {
      outcome.events.push(event)
      if (event.type === 'delta' && event.channel === 'answer') outcome.text += event.text
    }
  } catch (error) {
    outcome.error = error as Error
  }
  return outcome
}

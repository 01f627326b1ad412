import { randomBytes } from 'node:crypto'
import type { AskBody } from '../../src/protocol.ts'

/** A question that makes the stub write so many tokens, so many a second (0: at once). */
export function benchQuestion(tokens: number, rate: number): AskBody {
  return {
    v: 1,
    model: 'default',
    system: '只根据资料回答。',
    question: `2025年的能耗目标是多少？ rate=${rate}`,
    history: [],
    passages: [{ n: 1, title: '规划', where: '第 1 页', text: '到2025年，能耗下降13.5%。'.repeat(8) }],
    maxTokens: tokens,
    language: 'zh',
  }
}

/** The same for a server that is asked without us. */
export const chatRequest = (tokens: number, rate: number) =>
  JSON.stringify({
    model: 'stub',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: tokens,
    messages: [
      { role: 'system', content: '只根据资料回答。' },
      {
        role: 'user',
        content: `${'到2025年，能耗下降13.5%。'.repeat(8)}\n\n2025年的能耗目标是多少？ rate=${rate}`,
      },
    ],
  })

/** A UUIDv7 of now. */
export function newRid(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

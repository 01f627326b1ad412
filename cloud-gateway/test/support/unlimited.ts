import type { Quota } from '../../src/protocol.ts'

export const unlimited: Quota = { tokensPerMinute: null, tokensPerDay: null, streams: 8 }

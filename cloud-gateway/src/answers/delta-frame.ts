import { textFrame } from '../wire/text-frame.ts'
import type { Delta } from './answer-buffer.ts'

/** The WebSocket frame of a delta: one is sent for every token. Of its message only the text needs escaping. */
export function deltaFrame(head: Buffer, { seq, channel, text }: Delta): Buffer {
  return textFrame(head, `${seq}${channel === 'answer' ? answerPart : reasoningPart}${JSON.stringify(text)}}`)
}

/** What all deltas of one generation begin with. */
export function deltaHead(rid: string, epoch: number): Buffer {
  return Buffer.from(`{"type":"delta","rid":"${rid}","epoch":${epoch},"seq":`)
}

const answerPart = ',"channel":"answer","text":'
const reasoningPart = ',"channel":"reasoning","text":'

import type { Delta } from './answer-buffer.ts'

/**
 * The frame of a delta, written by hand: it is sent for every token. `head` is `deltaHead` of the answer; only the text
 * needs escaping.
 */
export function deltaFrame(head: string, { seq, channel, text }: Delta): string {
  return `${head}${seq},"channel":"${channel}","text":${JSON.stringify(text)}}`
}

export function deltaHead(rid: string, epoch: number): string {
  return `{"type":"delta","rid":"${rid}","epoch":${epoch},"seq":`
}

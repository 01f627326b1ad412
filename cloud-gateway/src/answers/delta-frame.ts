import type { Delta } from './answer-buffer.ts'

/**
 * The WebSocket frame of a delta, its header included, in one buffer: one is sent for every token, and this way it is
 * one write of one piece. `head` is `deltaHead` of the answer; only the text needs escaping. Unmasked, as a server sends
 * (RFC 6455, section 5.2).
 */
export function deltaFrame(head: Buffer, { seq, channel, text }: Delta): Buffer {
  const tail = `${seq}${channel === 'answer' ? answerPart : reasoningPart}${JSON.stringify(text)}}`
  const tailBytes = Buffer.byteLength(tail)
  const length = head.length + tailBytes
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = textFrame
  if (headerBytes === 2) frame[1] = length
  else if (headerBytes === 4) {
    frame[1] = 126
    frame[2] = length >> 8
    frame[3] = length & 0xff
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.set(head, headerBytes)
  frame.write(tail, headerBytes + head.length, 'utf8')
  return frame
}

export function deltaHead(rid: string, epoch: number): Buffer {
  return Buffer.from(`{"type":"delta","rid":"${rid}","epoch":${epoch},"seq":`)
}

/** FIN and opcode 1. */
const textFrame = 0x81
const answerPart = ',"channel":"answer","text":'
const reasoningPart = ',"channel":"reasoning","text":'

/**
 * A text message as a whole WebSocket frame, its header included, in one buffer: FIN and opcode 1, unmasked, as a
 * server sends (RFC 6455, section 5.2). `head` is a beginning of the text that many messages share.
 */
export function textFrame(head: Buffer, tail: string): Buffer {
  const length = head.length + Buffer.byteLength(tail)
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = finalText
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

const finalText = 0x81

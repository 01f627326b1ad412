/**
 * Base 64 as the notes want it (RFC 4648, section 4): padded, nothing between the characters, trailing bits zero.
 * `Buffer.from` by itself takes white space, the URL alphabet, missing padding and what follows it. Every byte string
 * has one such text, so that a text is strict exactly when its bytes encode to it again.
 */

const hashBytes = 32

/** The bytes of a strict text, or null. The empty text is no bytes. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** A line of a proof or the root of a checkpoint: exactly 32 bytes, or null. */
export function decodeHash(text: string): Buffer | null {
  const bytes = decodeBase64(text)
  return bytes?.length === hashBytes ? bytes : null
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/**
 * What the verifier uses of Node's Buffer, over a plain Uint8Array. The page installs it before anything else, so that
 * it gives its verdicts with the very code of the node.
 */

type Encoding = 'utf8' | 'hex' | 'base64' | 'latin1' | 'binary'

class Bytes extends Uint8Array {
  override toString(encoding: Encoding = 'utf8'): string {
    if (encoding === 'utf8') return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this)
    if (encoding === 'hex') return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('')
    const characters = charactersOf(this)
    return encoding === 'base64' ? btoa(characters) : characters
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, at) => byte === other[at])
  }

  copy(target: Uint8Array, targetStart = 0, from = 0, to = this.length): number {
    const part = this.subarray(from, to)
    target.set(part, targetStart)
    return part.length
  }

  /** Only one character a byte is ever written. */
  write(text: string, at: number, length: number): number {
    for (let offset = 0; offset < length; offset += 1) this[at + offset] = text.charCodeAt(offset)
    return length
  }

  readUInt32BE(at: number): number {
    return this.#view().getUint32(at)
  }

  readBigUInt64BE(at: number): bigint {
    return this.#view().getBigUint64(at)
  }

  writeBigUInt64BE(value: bigint, at = 0): void {
    this.#view().setBigUint64(at, value)
  }

  #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength)
  }
}

function charactersOf(bytes: Uint8Array): string {
  let text = ''
  // As many arguments as any engine takes at once.
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}

function decode(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf8') return new TextEncoder().encode(text)
  if (encoding === 'hex') return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  if (encoding === 'base64') return ofCharacters(decodedBase64(text))
  return ofCharacters(text)
}

/** Whoever decodes encodes again and compares: what `atob` takes beyond the standard comes to nothing. */
function decodedBase64(text: string): string {
  try {
    return atob(text)
  } catch {
    return ''
  }
}

const ofCharacters = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

export const PageBuffer = {
  from(
    value: string | ArrayBufferLike | ArrayLike<number>,
    encodingOrOffset?: Encoding | number,
    length?: number,
  ): Bytes {
    if (typeof value === 'string') return new Bytes(decode(value, (encodingOrOffset ?? 'utf8') as Encoding))
    if (value instanceof ArrayBuffer) return new Bytes(value, encodingOrOffset as number, length)
    return new Bytes(value as ArrayLike<number>)
  },
  alloc: (length: number, fill = 0): Bytes => new Bytes(length).fill(fill),
  allocUnsafe: (length: number): Bytes => new Bytes(length),
  allocUnsafeSlow: (length: number): Bytes => new Bytes(length),
  concat(parts: readonly Uint8Array[]): Bytes {
    const whole = new Bytes(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  },
}

Object.assign(globalThis, { Buffer: PageBuffer })

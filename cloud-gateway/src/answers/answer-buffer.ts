/**
 * The text of one generation of an answer on its way to the box. Pure: text comes in by channel and is cut into deltas
 * only when it can be sent; what is not acknowledged stays, so that it can be sent again over another connection.
 *
 * Invariants: `acked` <= `seq`; deltas `acked` + 1 to `seq` are kept; `cursor` is the next of them for the present
 * connection, `seq` + 1 when it has all; unacknowledged text is within the box's window, except right after the box
 * has made that smaller. The hash is over what was cut, never over text that was dropped.
 */
import { createHash } from 'node:crypto'
import { isHigh, measureText, unitsWithin } from './measure-text.ts'

export type Channel = 'answer' | 'reasoning'

export interface BufferLimits {
  answerBytes: number
  reasoningBytes: number
  deltaBytes: number
  deltaOverheadBytes: number
}

/** Bytes held, of several buffers together. */
export interface Meter {
  bytes: number
}

export interface Delta {
  seq: number
  channel: Channel
  text: string
}

interface Piece {
  channel: Channel
  text: string
  bytes: number
}

/**
 * Text that waits, to be sent or to be hashed, grows by concatenation, where each token costs a node of some fifty bytes:
 * it is made flat (bytes), and hashed (code units), before that adds up.
 */
const flatBytes = 512
const hashUnits = 1024

export class AnswerBuffer {
  /** Last delta that was cut; last that the box has. */
  seq = 0
  acked = 0
  cursor = 1
  unackedBytes = 0
  unsentBytes = 0
  /** Tokens of everything written, as estimated. */
  wide = 0
  narrowBytes = 0
  #window: number
  readonly #limits: BufferLimits
  /** What is held counts there, and there as well while the box is away. */
  readonly #held: Meter
  #away: Meter | null = null
  /** Deltas `acked` + 1 and on; those before `#first` are gone. */
  #texts: string[] = []
  #channels: Channel[] = []
  #first = 0
  /** Waiting text in order; the last piece still grows. */
  #pieces: Piece[] = []
  #written = { answer: 0, reasoning: 0 }
  /** First half of a character whose second half has not come yet. */
  #half = { answer: '', reasoning: '' }
  readonly #hash = createHash('sha256')
  #unhashed = ''

  constructor(limits: BufferLimits, window: number, held: Meter) {
    this.#limits = limits
    this.#window = window
    this.#held = held
  }

  get heldBytes(): number {
    return this.unackedBytes + this.unsentBytes + (this.seq - this.acked) * this.#limits.deltaOverheadBytes
  }

  /** Everything held counts on `meter` as well; null: no longer. */
  countAlso(meter: Meter | null): void {
    if (this.#away) this.#away.bytes -= this.heldBytes
    this.#away = meter
    if (meter) meter.bytes += this.heldBytes
  }

  /** Takes text of the model. False: this channel is longer than an answer may be; the text was not taken. */
  write(channel: Channel, text: string): boolean {
    let measure = measureText(text)
    if (measure.surrogates || this.#half[channel] !== '') {
      text = this.#whole(channel, text)
      if (text === '') return true
      measure = measureText(text)
    }
    const { bytes } = measure
    const most = channel === 'answer' ? this.#limits.answerBytes : this.#limits.reasoningBytes
    if (this.#written[channel] + bytes > most) return false
    this.#written[channel] += bytes
    this.wide += measure.wide
    this.narrowBytes += measure.narrowBytes
    this.#append(channel, text, bytes)
    return true
  }

  /** The model is done: half a character that stayed alone becomes U+FFFD. */
  complete(): void {
    for (const channel of ['reasoning', 'answer'] as const) {
      if (this.#half[channel] === '') continue
      this.#half[channel] = ''
      this.#append(channel, '\ufffd', 3)
    }
  }

  /** Text that was not sent will not be. */
  dropWaiting(): void {
    this.#count(-this.unsentBytes)
    this.unsentBytes = 0
    this.#pieces = []
    this.#half = { answer: '', reasoning: '' }
  }

  /** The next delta for the present connection; null: there is none, or the window does not allow it. */
  next(): Delta | null {
    if (this.cursor <= this.seq) {
      const at = this.#first + (this.cursor - this.acked - 1)
      const delta = { seq: this.cursor, channel: this.#channels[at]!, text: this.#texts[at]! }
      this.cursor += 1
      return delta
    }
    const room = Math.min(this.#limits.deltaBytes, this.#window - this.unackedBytes)
    const piece = this.#pieces[0]
    if (piece === undefined || room <= 0) return null
    const cut = piece.bytes <= room ? this.#takeWhole(piece, room) : this.#takePart(piece, room)
    if (cut === null) return null
    this.seq += 1
    this.cursor += 1
    this.#texts.push(cut.text)
    this.#channels.push(cut.channel)
    this.unsentBytes -= cut.bytes
    this.unackedBytes += cut.bytes
    this.#count(this.#limits.deltaOverheadBytes)
    if (cut.channel === 'answer') this.#hashLater(cut.text)
    return { seq: this.seq, channel: cut.channel, text: cut.text }
  }

  /** Whether `next` would give something. */
  get ready(): boolean {
    if (this.cursor <= this.seq) return true
    const room = this.#window - this.unackedBytes
    // The last bytes of a window may be too few for a character.
    return this.#pieces.length > 0 && room >= 4
  }

  /** Everything that was written has been cut and given to the present connection. */
  get drained(): boolean {
    return this.cursor > this.seq && this.#pieces.length === 0
  }

  /**
   * The box has everything up to `seq` and takes `window` bytes after it. False when that was never sent; an older
   * word than one before is dropped.
   */
  acknowledge(seq: number, window: number): boolean {
    if (seq >= this.cursor) return false
    if (seq < this.acked) return true
    this.#free(seq)
    this.#window = window
    return true
  }

  /**
   * Another connection, on which the box has the deltas up to `seq`. False when the next ones are not kept any more,
   * or never were.
   */
  resume(seq: number, window: number): boolean {
    if (seq < this.acked || seq > this.seq) return false
    this.#free(seq)
    this.cursor = seq + 1
    this.#window = window
    return true
  }

  /** SHA-256 over the text cut on channel `answer`, hex. Nothing can be cut after it. */
  digest(): string {
    this.#hash.update(this.#unhashed)
    return this.#hash.digest('hex')
  }

  /** Forgets everything; what it held no longer counts. */
  release(): void {
    this.#count(-this.heldBytes)
    this.#texts = []
    this.#channels = []
    this.#first = 0
    this.#pieces = []
    this.unackedBytes = 0
    this.unsentBytes = 0
    this.acked = this.seq
    this.cursor = this.seq + 1
  }

  #free(seq: number): void {
    const count = seq - this.acked
    if (count === 0) return
    let bytes = 0
    for (let at = this.#first; at < this.#first + count; at++) {
      bytes += Buffer.byteLength(this.#texts[at]!)
      this.#texts[at] = ''
    }
    this.#first += count
    this.acked = seq
    this.unackedBytes -= bytes
    this.#count(-bytes - count * this.#limits.deltaOverheadBytes)
    if (this.#first * 2 >= this.#texts.length) {
      this.#texts = this.#texts.slice(this.#first)
      this.#channels = this.#channels.slice(this.#first)
      this.#first = 0
    }
  }

  #append(channel: Channel, text: string, bytes: number): void {
    this.unsentBytes += bytes
    this.#count(bytes)
    const last = this.#pieces.at(-1)
    if (last?.channel === channel && last.bytes < flatBytes) {
      last.text += text
      last.bytes += bytes
      if (last.bytes >= flatBytes) last.text = flat(last.text)
    } else {
      this.#pieces.push({ channel, text, bytes })
    }
  }

  /** The first piece, and those of the same channel that fit beside it. */
  #takeWhole(piece: Piece, room: number): Piece {
    this.#pieces.shift()
    while (this.#pieces[0]?.channel === piece.channel && piece.bytes + this.#pieces[0].bytes <= room) {
      const more = this.#pieces.shift()!
      piece.text += more.text
      piece.bytes += more.bytes
    }
    return piece
  }

  #takePart(piece: Piece, room: number): Piece | null {
    const units = unitsWithin(piece.text, room)
    if (units === 0) return null
    const text = piece.text.slice(0, units)
    const bytes = Buffer.byteLength(text)
    piece.text = piece.text.slice(units)
    piece.bytes -= bytes
    return { channel: piece.channel, text, bytes }
  }

  /** The text with the half that waited before it and without the half at its end. */
  #whole(channel: Channel, text: string): string {
    const joined = this.#half[channel] + text
    this.#half[channel] = isHigh(joined.charCodeAt(joined.length - 1)) ? joined.at(-1)! : ''
    return joined.slice(0, joined.length - this.#half[channel].length).toWellFormed()
  }

  /** Hashing some hundred bytes costs hardly more than hashing a token. */
  #hashLater(text: string): void {
    this.#unhashed += text
    if (this.#unhashed.length < hashUnits) return
    this.#hash.update(this.#unhashed)
    this.#unhashed = ''
  }

  #count(bytes: number): void {
    this.#held.bytes += bytes
    if (this.#away) this.#away.bytes += bytes
  }
}

/** The same text without the tree of its parts. */
const flat = (text: string): string => Buffer.from(text, 'utf8').toString('utf8')

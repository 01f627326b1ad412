/**
 * A TCP connection that is read in small pieces and stops at once when it is paused. Node's own socket takes 64 KiB at
 * a time, and one piece more after `pause()`: eight answers of a box that does not read would be half a megabyte.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** Of one read, bytes. */
export const narrowBytes = 8 * 1024

class NarrowSocket extends Duplex {
  readonly #raw: Socket

  constructor(options: NetConnectOpts) {
    super({ highWaterMark: narrowBytes, allowHalfOpen: false, emitClose: true })
    const buffer = Buffer.allocUnsafeSlow(narrowBytes)
    this.#raw = connect({
      ...options,
      onread: {
        buffer,
        // The buffer is used again, and whoever reads may keep what it was given.
        callback: (length: number) => this.push(Buffer.from(buffer.subarray(0, length))),
      },
    })
    this.#raw.on('connect', () => this.emit('connect'))
    this.#raw.on('end', () => this.push(null))
    this.#raw.on('error', (error) => this.destroy(error))
    this.#raw.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#raw.resume()
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#raw.write(chunk, encoding, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#raw.destroy()
    done(error)
  }

  override pause(): this {
    this.#raw.pause()
    return super.pause()
  }

  override resume(): this {
    super.resume()
    this.#raw.resume()
    return this
  }

  get connecting(): boolean {
    return this.#raw.connecting
  }

  setNoDelay(on?: boolean): this {
    this.#raw.setNoDelay(on)
    return this
  }

  setKeepAlive(on?: boolean, delay?: number): this {
    this.#raw.setKeepAlive(on, delay)
    return this
  }

  setTimeout(ms: number, told?: () => void): this {
    this.#raw.setTimeout(ms, told)
    return this
  }

  ref(): this {
    this.#raw.ref()
    return this
  }

  unref(): this {
    this.#raw.unref()
    return this
  }
}

/** For the agents of node:http and node:https. */
export const connectNarrow = (options: NetConnectOpts): Duplex => new NarrowSocket(options)

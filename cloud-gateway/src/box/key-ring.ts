/**
 * Which key the box shows to the gateway, and the change to a new one. At every moment the gateway knows one of the
 * keys in the file: the new one is on the disk before the gateway hears of it, and the old one is forgotten only after
 * the gateway has said that it knows the new one, or has let the box in with it.
 */
import type { BoxKeys, Identity } from '../identity.ts'
import { type BoxMessageOf, type GatewayMessageOf, ProtocolError } from '../protocol.ts'
import { rotationBytes, signBytes } from '../wire/challenge.ts'

export class RotationError extends Error {
  override name = 'RotationError'
  /**
   * `not-supported`: the gateway does not announce it. `unconfirmed`: the gateway has not answered yet; it is finished
   * by itself when it does, and both keys are kept until then. `closed`: the client was closed.
   */
  readonly code: 'not-supported' | 'unconfirmed' | 'closed'
  constructor(code: RotationError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export interface KeyRing {
  /** The key to authenticate with. */
  readonly shown: Identity
  /** The gateway refused it; true when the other key has not been tried since. */
  refused(): boolean
  /** The gateway let the box in. Throws what the disk throws; then both keys are kept. */
  welcomed(): void
  /** What to send for a change that was begun and not confirmed; null: nothing. */
  request(gateway: string): BoxMessageOf<'rotate'> | null
  /** Throws ProtocolError for a key nobody asked about, or what the disk throws. */
  confirmed(message: GatewayMessageOf<'rotated'>): void
}

export function createKeyRing(keys: BoxKeys): KeyRing {
  let showNext = false
  let refusals = 0
  return {
    get shown() {
      return showNext && keys.next ? keys.next : keys.present
    },
    refused() {
      if (!keys.next) return false
      showNext = !showNext
      refusals += 1
      return refusals % 2 === 1
    },
    welcomed() {
      refusals = 0
      if (showNext && keys.next) keys.promote()
      showNext = false
    },
    request(gateway) {
      const { present, next } = keys
      if (!next) return null
      const bytes = rotationBytes({ gateway, box: present.box, from: present.key, to: next.key })
      const publicKey = Buffer.from(next.publicKey).toString('base64url')
      return { type: 'rotate', publicKey, signature: signBytes(bytes, next.privateKey) }
    },
    confirmed({ key }) {
      if (key === keys.present.key) return
      if (key !== keys.next?.key) throw new ProtocolError('rotated to a key nobody asked for')
      keys.promote()
    },
  }
}

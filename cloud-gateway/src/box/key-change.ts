/** The box's keys over the life of its client: which one it shows, and a change, over as many connections as it takes. */
import type { BoxKeys, Identity } from '../identity.ts'
import { type BoxMessage, type GatewayMessageOf, ProtocolError } from '../protocol.ts'
import { createKeyRing, RotationError } from './key-ring.ts'
import { createRotationWait } from './rotation.ts'

export interface KeyChange {
  /** The key to authenticate with. */
  readonly shown: Identity
  /** Makes the new key, and resolves with its id when the gateway knows it. Throws and rejects as `rotateKey` does. */
  begin(): Promise<string>
  /** Asks for a change that was begun and not confirmed, if any. */
  request(capabilities: readonly string[], send: (message: BoxMessage) => void): void
  /** The gateway let the box in. */
  welcomed(): void
  /** Throws ProtocolError for a key nobody asked about. */
  confirmed(message: GatewayMessageOf<'rotated'>): void
  /** The gateway does not know the key that was shown; true when the other one has not been tried since. */
  refused(): boolean
  /** There is no gateway to confirm anything. */
  close(reason: string): void
}

/** How long a caller waits for the gateway. */
const patienceMs = 30_000

/** `fault` is told what the disk refuses: that is tried again with the next connection, and both keys are kept. */
export function createKeyChange(keys: BoxKeys, gateway: string, fault: (error: unknown) => void): KeyChange {
  const ring = createKeyRing(keys)
  const waiting = createRotationWait()

  function safely(keep: () => void): void {
    try {
      keep()
    } catch (error) {
      if (error instanceof ProtocolError) throw error
      fault(error)
      waiting.failed(error as Error)
    }
  }

  return {
    get shown() {
      return ring.shown
    },
    async begin() {
      keys.prepare()
      return waiting.wait(patienceMs)
    },
    request(capabilities, send) {
      const message = ring.request(gateway)
      if (message === null) return
      if (capabilities.includes('rotate')) send(message)
      else waiting.failed(new RotationError('not-supported', 'this gateway cannot change keys'))
    },
    welcomed() {
      safely(() => {
        ring.welcomed()
        if (!keys.next) waiting.done(keys.present.key)
      })
    },
    confirmed(message) {
      safely(() => {
        ring.confirmed(message)
        waiting.done(keys.present.key)
      })
    },
    refused: ring.refused,
    close: (reason) => waiting.failed(new RotationError('closed', reason)),
  }
}

/** Before a model is asked: the tokens are reserved, durably. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Accounts, AccountsAway, type Reservation } from '../accounts/accounts.ts'
import { AskError, askError } from '../errors.ts'

/** This rid was paid for before, as `epoch`; what came of it is not here. */
export class Lost extends Error {
  override name = 'Lost'
  readonly epoch: number
  constructor(epoch: number) {
    super('paid for before')
    this.epoch = epoch
  }
}

/** Why a connection is fenced where no newer one is: the box was shut out, and nobody has told this process yet. */
export class Revoked extends Error {
  override name = 'Revoked'
}

export interface Patience {
  /** How long the epoch before may take to be ended and settled by the process that has it, and how often to look. */
  succeedMs: number
  succeedEveryMs: number
}

/**
 * Resolves when the tokens are reserved. Throws Lost; AskError (`rid-conflict`, quotas, `superseded` when a newer
 * connection has fenced this one, or because of Revoked, `unavailable`); the signal's reason.
 */
export async function reserve(
  accounts: Pick<Accounts, 'reserve' | 'settleDead' | 'find'>,
  reservation: Reservation,
  { succeedMs, succeedEveryMs }: Patience,
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + succeedMs
  while (true) {
    const reserved = await reachable(accounts.reserve(reservation))
    if (reserved.state === 'reserved') return
    if (reserved.state === 'fenced') {
      const account = await accounts.find(reservation.box).catch(() => null)
      throw askError('superseded', '', account?.revokedAt ? { cause: new Revoked() } : {})
    }
    if (reserved.state === 'refused') {
      throw askError(reserved.code, '', { retryAfterMs: reserved.retryAfterMs })
    }
    if (reserved.digest !== reservation.digest) throw askError('rid-conflict')
    const follows = reservation.epoch === reserved.epoch + 1
    if (!follows || reserved.settled || performance.now() > end) throw new Lost(reserved.epoch)
    if (!reserved.live) await reachable(accounts.settleDead())
    await pause(succeedEveryMs, undefined, { signal })
  }
}

async function reachable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    if (cause instanceof AskError) throw cause
    const away = cause instanceof AccountsAway
    throw askError(away ? 'unavailable' : 'internal', '', { cause })
  }
}

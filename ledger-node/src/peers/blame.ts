import { ChainError } from '../chain.ts'
import { TileMismatch } from '../tree/tile-reader.ts'
import { Unreachable } from './exchange.ts'
import { BundleMismatch } from './fetch-entries.ts'
import { MissingTile } from './remote-log.ts'

/** Who is the reason that a log could not be copied. */
export type Blame =
  /** What was served is not what was signed. */
  | 'served'
  /** It is not served. */
  | 'missing'
  /** Nobody answered. */
  | 'way'
  /** This box: its disk, or that it is stopping. */
  | 'us'

export function blameOf(error: unknown): Blame {
  if (error instanceof Unreachable) return 'way'
  if (error instanceof MissingTile) return 'missing'
  const served = [TileMismatch, BundleMismatch, ChainError, RangeError]
  return served.some((kind) => error instanceof kind) ? 'served' : 'us'
}

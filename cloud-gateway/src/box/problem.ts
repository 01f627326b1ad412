import { closeCodes } from '../protocol.ts'
import type { Farewell } from './connection.ts'

/**
 * Why there is no connection, as far as the box can tell: nobody answers; something else than a gateway does; the
 * gateway does not know this box, has shut it out, or serves another box with the same key; it speaks another version
 * or has another name than the configured one; it is going down or has too much to do.
 */
export type Problem =
  | 'unreachable'
  | 'no-gateway'
  | 'not-enrolled'
  | 'revoked'
  | 'superseded'
  | 'version'
  | 'other-gateway'
  | 'unavailable'
  | 'cut'

export function problemOf({ code, ours, status }: Farewell): Problem {
  switch (code) {
    case 0:
      if (status === null) return 'unreachable'
      return status === 503 || status === 429 ? 'unavailable' : 'no-gateway'
    case closeCodes.authentication:
      return ours ? 'other-gateway' : 'not-enrolled'
    case closeCodes.revoked:
      return 'revoked'
    case closeCodes.superseded:
      return 'superseded'
    case closeCodes.version:
      return 'version'
    case closeCodes.drain:
    case closeCodes.unavailable:
      return 'unavailable'
    default:
      return 'cut'
  }
}

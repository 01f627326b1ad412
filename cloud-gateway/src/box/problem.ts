import { closeCodes } from '../protocol.ts'
import type { Farewell } from './connection.ts'

/**
 * Why there is no connection, as far as the box can tell: nobody answers; the certificate is not trusted; something else
 * than a gateway answers; the gateway does not know this box, has shut it out, or serves another box with the same key; it speaks another version
 * or has another name than the configured one; it is going down or has too much to do.
 */
export type Problem =
  | 'unreachable'
  | 'untrusted'
  | 'no-gateway'
  | 'not-enrolled'
  | 'revoked'
  | 'superseded'
  | 'version'
  | 'other-gateway'
  | 'unavailable'
  | 'cut'

/** What OpenSSL and Node call certificates that they do not trust. */
export const isUntrusted = (fault: string) => /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(fault)

export function problemOf({ code, ours, status, fault }: Omit<Farewell, 'reason' | 'retryAfterMs'>): Problem {
  switch (code) {
    case 0:
      if (status === null) return isUntrusted(fault) ? 'untrusted' : 'unreachable'
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

/** Keys of Zhipu BigModel that are not sent themselves: a short-lived token signed with them is. */
import { createHmac } from 'node:crypto'

/** How long a token is accepted, milliseconds; the clocks may differ by less than that. */
const tokenMs = 5 * 60_000

export const isSignableKey = (key: string) => /^[^.\s]+\.[^.\s]+$/.test(key)

/**
 * A JSON Web Token (RFC 7519, HS256) in Zhipu's form: `sign_type` in the header, times in milliseconds, the first
 * part of the key in the payload and the second only in the signature. `now` is the wall clock's, as the server's is.
 */
export function signKey(key: string, now = Date.now()): string {
  const [id, secret] = key.split('.') as [string, string]
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = [
    encode({ alg: 'HS256', sign_type: 'SIGN' }),
    encode({ api_key: id, exp: now + tokenMs, timestamp: now }),
  ].join('.')
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

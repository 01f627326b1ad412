/**
 * The proof of identity in `auth`: an Ed25519 signature over the gateway's nonce and everything that must not
 * be exchanged under it. Both ends build the same bytes from what they know themselves: the gateway's name
 * comes from each side's own configuration, never from the wire or a Host header, so a signature given to one
 * gateway is worth nothing at another.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { protocolVersion } from '../protocol.ts'

export interface Challenge {
  /** As in `hello`, base64url. */
  nonce: string
  gateway: string
  box: string
  key: string
}

/**
 * "tanbox.ask.v1 auth" and a zero byte, then the version and each field of the challenge in the order nonce,
 * gateway, box, key: two bytes of length (big endian) and the UTF-8 of the value.
 */
export function challengeBytes(challenge: Challenge): Uint8Array {
  const fields = [String(protocolVersion), challenge.nonce, challenge.gateway, challenge.box, challenge.key]
  const parts = fields.flatMap((field) => {
    const value = Buffer.from(field, 'utf8')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(value.length)
    return [length, value]
  })
  return Buffer.concat([Buffer.from('tanbox.ask.v1 auth\0', 'utf8'), ...parts])
}

export function signChallenge(challenge: Challenge, privateKey: KeyObject): string {
  return sign(null, challengeBytes(challenge), privateKey).toString('base64url')
}

/** `publicKey`: the 32 raw bytes. The caller has checked them (`public-key.ts`). */
export function verifyChallenge(challenge: Challenge, signature: string, publicKey: Uint8Array): boolean {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
    format: 'jwk',
  })
  return verify(null, challengeBytes(challenge), key, Buffer.from(signature, 'base64url'))
}

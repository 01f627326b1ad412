/**
 * What a box signs with its Ed25519 key: the proof of identity in `auth`, the wish to be enrolled, and a new key.
 * Both ends build the same bytes from what they know themselves: the gateway's name comes from each side's own
 * configuration, never from the wire or a Host header, so a signature given to one gateway is worth nothing at
 * another; and each kind of statement begins with its own words, so that none can stand for another.
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

/** A box that wants to be let in by a code. */
export interface EnrolmentStatement {
  gateway: string
  code: string
  box: string
  /** Id of the key that is to be registered, and signs. */
  key: string
}

/** A box that changes its key. Signed by the new key; the connection has proved the present one. */
export interface RotationStatement {
  gateway: string
  box: string
  /** Ids of the present and of the new key. */
  from: string
  to: string
}

/**
 * "tanbox.ask.v1 auth" and a zero byte, then the version and each field of the challenge in the order nonce,
 * gateway, box, key: two bytes of length (big endian) and the UTF-8 of the value.
 */
export function challengeBytes({ nonce, gateway, box, key }: Challenge): Uint8Array {
  return statement('auth', [nonce, gateway, box, key])
}

/** The same beginning with "tanbox.ask.v1 enrol": version, gateway, code, box, key. */
export function enrolmentBytes({ gateway, code, box, key }: EnrolmentStatement): Uint8Array {
  return statement('enrol', [gateway, code, box, key])
}

/** The same beginning with "tanbox.ask.v1 rotate": version, gateway, box, from, to. */
export function rotationBytes({ gateway, box, from, to }: RotationStatement): Uint8Array {
  return statement('rotate', [gateway, box, from, to])
}

function statement(purpose: string, values: string[]): Uint8Array {
  const parts = [String(protocolVersion), ...values].flatMap((text) => {
    const value = Buffer.from(text, 'utf8')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(value.length)
    return [length, value]
  })
  return Buffer.concat([Buffer.from(`tanbox.ask.v1 ${purpose}\0`, 'utf8'), ...parts])
}

/** The signature in base64url. */
export function signBytes(bytes: Uint8Array, privateKey: KeyObject): string {
  return sign(null, bytes, privateKey).toString('base64url')
}

/** `publicKey`: the 32 raw bytes. The caller has checked them (`public-key.ts`). */
export function verifyBytes(bytes: Uint8Array, signature: string, publicKey: Uint8Array): boolean {
  return verify(null, bytes, keyObject(publicKey), Buffer.from(signature, 'base64url'))
}

/** The same on another thread: thousands of boxes may dial at once, beside boxes that are being answered. */
export function verifyBytesAside(
  bytes: Uint8Array,
  signature: string,
  publicKey: Uint8Array,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(null, bytes, keyObject(publicKey), Buffer.from(signature, 'base64url'), (error, valid) => {
      if (error) reject(error)
      else resolve(valid)
    })
  })
}

/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410, section 4). */
const spki = Buffer.from('302a300506032b6570032100', 'hex')

function keyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spki, publicKey]), format: 'der', type: 'spki' })
}

export function signChallenge(challenge: Challenge, privateKey: KeyObject): string {
  return signBytes(challengeBytes(challenge), privateKey)
}

export function verifyChallenge(challenge: Challenge, signature: string, publicKey: Uint8Array): boolean {
  return verifyBytes(challengeBytes(challenge), signature, publicKey)
}

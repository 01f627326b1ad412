import { hash } from 'node:crypto'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { isSoundPublicKey, publicKeyOf } from './ed25519.ts'

/** Ed25519 over the text of a note (C2SP signed-note): what logs sign with. */
export const logKeyType = 0x01
/** Ed25519 with a time (C2SP tlog-cosignature): what witnesses sign with. */
export const cosignerKeyType = 0x04
/** ML-DSA-44 with a time (C2SP tlog-cosignature): such keys are read and written; what they sign is skipped. */
export const mlDsaKeyType = 0x06

/** Who signs: the pair of name and id is what signature lines say. */
export interface VerifierKey {
  /** No white space, no plus. Of a log key: the origin. */
  name: string
  /** Unsigned 32 bits. */
  id: number
  /** Signature type, 0 to 255. */
  type: number
  publicKey: Buffer
}

export interface SignerKey extends VerifierKey {
  /** The 32 secret bytes. */
  seed: Buffer
}

export type KeyProblem = 'malformed' | 'wrong-id' | 'unsound' | 'unsupported'

/** A key that cannot be taken. The text of the key is never in the message: it may be a private one. */
export class KeyError extends Error {
  readonly code: KeyProblem

  constructor(code: KeyProblem, message: string) {
    super(message)
    this.name = 'KeyError'
    this.code = code
  }
}

/** Characters of a key at most; one of ML-DSA-44 has 1,764 beside its name. */
const maxKeyText = 4096

/** Bytes of the public keys whose type says how many. */
const publicKeyBytes: ReadonlyMap<number, number> = new Map([
  [logKeyType, 32],
  [cosignerKeyType, 32],
  [mlDsaKeyType, 1312],
])

/** Signed-note, section Format: not empty, no Unicode spaces, no plus; and nothing that a note cannot hold. */
export function isKeyName(name: string): boolean {
  const isText = name.isWellFormed() && [...name].every((character) => character > ' ')
  return isText && name !== '' && !/[\p{White_Space}+]/u.test(name)
}

/** SHA-256(name || 0x0A || type || public key), the first four bytes as a big-endian number. */
export function keyId(name: string, type: number, publicKey: Uint8Array): number {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKey])
  return hash('sha256', input, 'buffer').readUInt32BE(0)
}

/**
 * Reads `<name>+<hex id>+<base64(type || public key)>`. Ids of Ed25519 and ML-DSA-44 keys are recomputed, Ed25519 keys
 * have to be sound; of other types, whose ids may be made otherwise, only the form is looked at.
 * @throws KeyError
 */
export function parseVerifierKey(text: string): VerifierKey {
  const { name, id, material } = splitKey(text)
  const key = { name, id, type: material[0]!, publicKey: material.subarray(1) }
  const bytes = publicKeyBytes.get(key.type)
  if (bytes === undefined) return key
  if (key.publicKey.length !== bytes) throw malformed(`a public key of type ${key.type} has ${bytes} bytes`)
  if (keyId(name, key.type, key.publicKey) !== id) {
    throw new KeyError('wrong-id', 'the id of the key does not belong to its name and bytes')
  }
  if (key.type !== mlDsaKeyType && !isSoundPublicKey(key.publicKey)) {
    throw new KeyError('unsound', 'the public key is no point of the curve, not canonical, or of low order')
  }
  return key
}

/** The text of a key: the one by which keys are compared and listed. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${hexId(key.id)}+${encodeBase64(withType(key.type, key.publicKey))}`
}

/**
 * A key for signing.
 * @param seed 32 bytes from a good source of randomness, for this key alone
 * @throws KeyError for a bad name, another type than those that this node signs with, another length
 */
export function makeSignerKey(name: string, type: number, seed: Uint8Array): SignerKey {
  if (!isKeyName(name)) throw malformed('a key has a name without white space and plus')
  if (type !== logKeyType && type !== cosignerKeyType) throw unsupported(type)
  if (seed.length !== 32) throw malformed('a seed has 32 bytes')
  const publicKey = publicKeyOf(seed)
  return { name, id: keyId(name, type, publicKey), type, publicKey, seed: Buffer.from(seed) }
}

const privatePrefix = 'PRIVATE+KEY+'

/**
 * Reads `PRIVATE+KEY+<name>+<hex id>+<base64(type || seed)>`, without a line end.
 * @throws KeyError
 */
export function parseSignerKey(text: string): SignerKey {
  if (!text.startsWith(privatePrefix)) throw malformed('not a private key')
  const { name, id, material } = splitKey(text.slice(privatePrefix.length))
  const key = makeSignerKey(name, material[0]!, material.subarray(1))
  if (key.id !== id) throw new KeyError('wrong-id', 'the id of the key does not belong to its name and bytes')
  return key
}

export function formatSignerKey(key: SignerKey): string {
  return `${privatePrefix}${key.name}+${hexId(key.id)}+${encodeBase64(withType(key.type, key.seed))}`
}

/** The public part of a signer, fit to be shown. */
export function verifierOf({ name, id, type, publicKey }: SignerKey): VerifierKey {
  return { name, id, type, publicKey }
}

/** Eight digits of lower-case hex. */
export function hexId(id: number): string {
  return id.toString(16).padStart(8, '0')
}

function splitKey(text: string): { name: string; id: number; material: Buffer } {
  if (text.length > maxKeyText) throw malformed(`a key has at most ${maxKeyText} characters`)
  // Only the first two plus signs separate: base64 has some of its own.
  const [, name = '', id = '', base64 = ''] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text) ?? []
  if (!isKeyName(name)) throw malformed('not <name>+<id>+<key> with a name without white space')
  if (!/^[0-9a-f]{8}$/.test(id)) throw malformed('the id of a key is eight digits of lower-case hex')
  const material = decodeBase64(base64)
  if (material === null || material.length < 2) throw malformed('the bytes of a key are in strict base64')
  return { name, id: Number.parseInt(id, 16), material }
}

function withType(type: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(type), bytes])
}

function malformed(message: string): KeyError {
  return new KeyError('malformed', message)
}

function unsupported(type: number): KeyError {
  return new KeyError('unsupported', `this node does not sign with keys of type ${type}`)
}

/** The box's key file: made once, readable by its owner only, never sent anywhere. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { writeDurably } from './durable-file.ts'
import { BoxId, KeyId } from './protocol.ts'
import { keyIdOf } from './wire/public-key.ts'

export interface Identity {
  box: string
  /** Id of the key in use; the box keeps its id when its key is changed. */
  key: string
  /** 32 raw bytes. */
  publicKey: Uint8Array
  privateKey: KeyObject
}

export class IdentityError extends Error {
  override name = 'IdentityError'
}

const RawKey = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
const KeyFile = Compile(
  Type.Object(
    { v: Type.Literal(1), box: BoxId, key: KeyId, publicKey: RawKey, privateKey: RawKey },
    { additionalProperties: false },
  ),
)

/**
 * The identity in the key file; where there is none a new one is made (mode 0600). Two processes that start at
 * once get the same one.
 */
export function createIdentity(path: string): Identity {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const key = keyIdOf(Buffer.from(jwk.x!, 'base64url'))
  const content = { v: 1, box: `box-${key}`, key, publicKey: jwk.x, privateKey: jwk.d }
  writeDurably(path, `${JSON.stringify(content)}\n`, { exclusive: true })
  return readIdentity(path)
}

/** Throws IdentityError when the file is missing, damaged or readable by others. */
export function readIdentity(path: string): Identity {
  const value = readJson(path)
  if (!KeyFile.Check(value)) throw new IdentityError(`${path} is not a key file`)
  const publicKey = Buffer.from(value.publicKey, 'base64url')
  const privateKey = createPrivateKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: value.publicKey, d: value.privateKey },
    format: 'jwk',
  })
  if (keyIdOf(publicKey) !== value.key)
    throw new IdentityError(`${path}: the key does not have the id it names`)
  return { box: value.box, key: value.key, publicKey, privateKey }
}

function readJson(path: string): unknown {
  try {
    if (statSync(path).mode & 0o077)
      throw new IdentityError(`${path} can be read by others; set its mode to 0600`)
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof IdentityError) throw cause
    throw new IdentityError(`${path} cannot be read`, { cause })
  }
}

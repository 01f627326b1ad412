/** The box's key file: made once, readable by its owner only, never sent anywhere. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { writeDurably } from './durable-file.ts'
import { BoxId, KeyId } from './protocol.ts'
import { keyIdOf } from './wire/public-key.ts'

export interface Identity {
  box: string
  /** Id of the key; the box keeps its id when its key is changed. */
  key: string
  /** 32 raw bytes. */
  publicKey: Uint8Array
  privateKey: KeyObject
}

/**
 * The keys of a box. While its key is being changed there are two, and either may be the one that the gateway knows:
 * neither is forgotten before it is certain which. What a method has returned is on the disk.
 */
export interface BoxKeys {
  readonly present: Identity
  readonly next: Identity | null
  /** Makes the next key, or gives the one that was made before. */
  prepare(): Identity
  /** The next key takes the place of the present one, which is forgotten. */
  promote(): void
}

export class IdentityError extends Error {
  override name = 'IdentityError'
}

const RawKey = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
const KeyPair = { key: KeyId, publicKey: RawKey, privateKey: RawKey }
const closed = { additionalProperties: false }
const KeyFile = Type.Object(
  { v: Type.Literal(1), box: BoxId, ...KeyPair, next: Type.Optional(Type.Object(KeyPair, closed)) },
  closed,
)
type KeyFile = Type.Static<typeof KeyFile>
type KeyPair = NonNullable<KeyFile['next']>
const keyFileCheck = Compile(KeyFile)

/**
 * The identity in the key file; where there is none a new one is made (mode 0600). Two processes that start at
 * once get the same one.
 */
export function createIdentity(path: string): Identity {
  const pair = newPair()
  const content: KeyFile = { v: 1, box: `box-${pair.key}`, ...pair }
  writeDurably(path, `${JSON.stringify(content)}\n`, { exclusive: true })
  return readIdentity(path)
}

/** Who is to take the place of an identity that was shut out: a key that was revoked never comes back. */
export interface Successor {
  /** Was made by an earlier call and has not taken its place: it may be the one that a gateway knows. */
  readonly waiting: boolean
  /** Another id and another key, in a file beside; the same one until it takes its place. */
  make(): Identity
  /** The key file is the successor's from now on; as it was it stays beside, as `<path>.before`. */
  takeOver(): void
}

export function successorOf(path: string): Successor {
  const next = `${path}.next`
  return {
    get waiting() {
      return existsSync(next)
    },
    make: () => createIdentity(next),
    takeOver() {
      readIdentity(next)
      writeDurably(`${path}.before`, readFileSync(path, 'utf8'), { exclusive: false })
      writeDurably(path, readFileSync(next, 'utf8'), { exclusive: false })
      rmSync(next)
    },
  }
}

/** Throws IdentityError when the file is missing, damaged or readable by others. */
export function readIdentity(path: string): Identity {
  return openKeyFile(path).present
}

/** Throws IdentityError as `readIdentity` does; its methods throw what the disk throws, and then nothing has changed. */
export function openKeyFile(path: string): BoxKeys {
  let content = readKeyFile(path)
  let present = identityOf(path, content.box, content)
  let next = content.next ? identityOf(path, content.box, content.next) : null

  function keep(changed: KeyFile): void {
    // A successor has taken over meanwhile: what is known here is of yesterday.
    if (readKeyFile(path).box !== content.box) throw new IdentityError(`${path} holds another box by now`)
    writeDurably(path, `${JSON.stringify(changed)}\n`, { exclusive: false })
    content = changed
  }

  return {
    get present() {
      return present
    },
    get next() {
      return next
    },
    prepare() {
      if (next) return next
      const pair = newPair()
      keep({ ...content, next: pair })
      next = identityOf(path, content.box, pair)
      return next
    },
    promote() {
      if (!next || !content.next) throw new IdentityError(`${path} holds no next key`)
      keep({ v: 1, box: content.box, ...content.next })
      present = next
      next = null
    },
  }
}

/** Keys that are kept nowhere: what is made of them cannot be changed. */
export function fixedKeys(identity: Identity): BoxKeys {
  const refuse = () => {
    throw new IdentityError('this key is in no file and cannot be changed')
  }
  return { present: identity, next: null, prepare: refuse, promote: refuse }
}

function newPair(): KeyPair {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { key: keyIdOf(Buffer.from(x!, 'base64url')), publicKey: x!, privateKey: d! }
}

function identityOf(path: string, box: string, pair: KeyPair): Identity {
  const publicKey = Buffer.from(pair.publicKey, 'base64url')
  if (keyIdOf(publicKey) !== pair.key)
    throw new IdentityError(`${path}: the key does not have the id it names`)
  const privateKey = createPrivateKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: pair.publicKey, d: pair.privateKey },
    format: 'jwk',
  })
  return { box, key: pair.key, publicKey, privateKey }
}

function readKeyFile(path: string): KeyFile {
  const value = readJson(path)
  if (!keyFileCheck.Check(value)) throw new IdentityError(`${path} is not a key file`)
  return value as KeyFile
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

/**
 * Which boxes may connect: one file per box with its public key, in a folder at the gateway.
 *
 * A supervisor that runs box and gateway on one machine does this before it starts them:
 *
 *     import { createIdentity } from '@tanbox/cloud-gateway/identity'
 *     import { enrolBox } from '@tanbox/cloud-gateway/enrolment'
 *     const identity = createIdentity(join(data, 'keys', 'box.json'))         // made once, then read
 *     enrolBox(join(data, 'gateway', 'boxes'), identity, 'this machine')      // harmless when already there
 *
 * and the appliance gives `readIdentity(join(data, 'keys', 'box.json'))` to `createGatewayClient`.
 * Files may come and go while the gateway runs: it reads them when a box connects, and every few seconds for
 * those that are connected.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { writeDurably } from './durable-file.ts'
import { BoxId, KeyId } from './protocol.ts'
import { keyIdOf, publicKeyProblem } from './wire/public-key.ts'

export interface EnrolledBox {
  box: string
  key: string
  /** 32 raw bytes, a proper Ed25519 point. */
  publicKey: Uint8Array
  revoked: boolean
}

export interface BoxRegistry {
  /** Null when nobody of that id is enrolled. Throws EnrolmentError when what is stored is damaged. */
  find(box: string): EnrolledBox | null
}

export class EnrolmentError extends Error {
  override name = 'EnrolmentError'
}

const BoxFile = Type.Object(
  {
    v: Type.Literal(1),
    box: BoxId,
    key: KeyId,
    publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    label: Type.String({ maxLength: 128 }),
    enrolledAt: Type.String({ maxLength: 32 }),
    revokedAt: Type.Union([Type.String({ maxLength: 32 }), Type.Null()]),
  },
  { additionalProperties: false },
)
type BoxFile = Type.Static<typeof BoxFile>
const boxFileCheck = Compile(BoxFile)
const boxIdCheck = Compile(BoxId)

/**
 * Lets a box in. Enrolling the same key again changes nothing; another key under the same id, a weak key and
 * a revoked box throw EnrolmentError.
 */
export function enrolBox(folder: string, box: { box: string; publicKey: Uint8Array }, label: string): void {
  if (!boxIdCheck.Check(box.box)) throw new EnrolmentError('a box id is 3 to 63 characters of a-z, 0-9 and -')
  const problem = publicKeyProblem(box.publicKey)
  if (problem) throw new EnrolmentError(`the public key is refused: ${problem}`)
  const content: BoxFile = {
    v: 1,
    box: box.box,
    key: keyIdOf(box.publicKey),
    publicKey: Buffer.from(box.publicKey).toString('base64url'),
    label: label.slice(0, 128),
    enrolledAt: new Date().toISOString(),
    revokedAt: null,
  }
  if (writeDurably(pathOf(folder, box.box), serialise(content), { exclusive: true })) return
  const present = readBoxFile(folder, box.box)
  if (present?.key !== content.key) throw new EnrolmentError(`${box.box} is enrolled with another key`)
  if (present.revokedAt) throw new EnrolmentError(`${box.box} was revoked`)
}

/** Shuts a box out for good; false when it is not enrolled. */
export function revokeBox(folder: string, box: string): boolean {
  const present = boxIdCheck.Check(box) ? readBoxFile(folder, box) : null
  if (!present) return false
  const revoked = { ...present, revokedAt: present.revokedAt ?? new Date().toISOString() }
  return writeDurably(pathOf(folder, box), serialise(revoked), { exclusive: false })
}

export function folderRegistry(folder: string): BoxRegistry {
  return {
    find(box) {
      const file = boxIdCheck.Check(box) ? readBoxFile(folder, box) : null
      if (!file) return null
      const publicKey = Buffer.from(file.publicKey, 'base64url')
      // The file may have been written by hand: what enrolBox refuses must not come in this way.
      const problem = publicKeyProblem(publicKey) ?? (keyIdOf(publicKey) === file.key ? null : 'wrong key id')
      if (problem) throw new EnrolmentError(`${pathOf(folder, box)}: ${problem}`)
      return { box: file.box, key: file.key, publicKey, revoked: file.revokedAt !== null }
    },
  }
}

function readBoxFile(folder: string, box: string): BoxFile | null {
  const path = pathOf(folder, box)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new EnrolmentError(`${path} cannot be read`, { cause })
  }
  if (!boxFileCheck.Check(value) || value.box !== box) throw new EnrolmentError(`${path} is not a box file`)
  return value
}

const pathOf = (folder: string, box: string) => join(folder, `${box}.json`)
const serialise = (content: BoxFile) => `${JSON.stringify(content, null, 2)}\n`

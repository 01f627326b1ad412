/** A connected box changes its key. */
import { type Accounts, EnrolmentError } from '../accounts/accounts.ts'
import type { BoxMessageOf } from '../protocol.ts'
import { rotationBytes, verifyBytesAside } from '../wire/challenge.ts'
import { keyIdOf, publicKeyProblem } from '../wire/public-key.ts'

export interface RotationOf {
  gateway: string
  box: string
  /** Id of the key that this connection has proved. */
  from: string
}

/** The new key's id when it is in use now; null when it was refused. Rejects when the accounts are away. */
export async function rotateKey(
  message: BoxMessageOf<'rotate'>,
  { gateway, box, from }: RotationOf,
  accounts: Pick<Accounts, 'rotate'>,
): Promise<string | null> {
  const publicKey = Buffer.from(message.publicKey, 'base64url')
  if (publicKeyProblem(publicKey)) return null
  const to = keyIdOf(publicKey)
  const bytes = rotationBytes({ gateway, box, from, to })
  if (!(await verifyBytesAside(bytes, message.signature, publicKey))) return null
  try {
    return (await accounts.rotate(box, from, publicKey)) ? to : null
  } catch (error) {
    if (error instanceof EnrolmentError) return null
    throw error
  }
}

/** Who is at the other end: a signed answer to the nonce of this very connection. */
import { type Accounts, type BoxAccount, EnrolmentError } from '../accounts/accounts.ts'
import { type BoxMessageOf, closeCodes, protocolVersion } from '../protocol.ts'
import { challengeBytes, verifyBytesAside } from '../wire/challenge.ts'

export type Verdict = { account: BoxAccount; generation: number } | { code: number; reason: string }

const refused = { code: closeCodes.authentication, reason: 'authentication failed' }
const tooOften = { code: closeCodes.rate, reason: 'this box connects too often' }
const revoked = { code: closeCodes.revoked, reason: 'this box was revoked' }

/**
 * Judges an `auth` message. `gateway` is our name from configuration. What exactly is wrong with an unknown box, key or
 * signature is not told apart. Rejects when the accounts are away.
 */
export async function identify(
  auth: BoxMessageOf<'auth'>,
  expected: { gateway: string; nonce: string; process: string },
  accounts: Pick<Accounts, 'find' | 'connect'>,
  mayConnect: (box: string) => boolean,
): Promise<Verdict> {
  if (auth.v !== protocolVersion) {
    return { code: closeCodes.version, reason: `version ${protocolVersion} is spoken here` }
  }
  const { box, key, signature } = auth
  const account = await accounts.find(box)
  if (!account || account.key !== key) return refused
  const { gateway, nonce, process } = expected
  const bytes = challengeBytes({ gateway, nonce, box, key })
  if (!(await verifyBytesAside(bytes, signature, account.publicKey))) return refused
  // Only who holds the key learns that it was revoked.
  if (account.revokedAt !== null) return revoked
  // And only who holds it can use up what the box may do.
  if (!mayConnect(box)) return tooOften
  try {
    return { account, generation: await accounts.connect(box, process) }
  } catch (error) {
    if (error instanceof EnrolmentError) return revoked
    throw error
  }
}

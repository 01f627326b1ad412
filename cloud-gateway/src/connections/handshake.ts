/** Who is at the other end: a fresh nonce out, a signed answer in. */

import { type BoxRegistry, EnrolmentError } from '../enrolment.ts'
import { type BoxMessageOf, closeCodes, protocolVersion } from '../protocol.ts'
import { verifyChallenge } from '../wire/challenge.ts'

export type Verdict = { box: string } | { code: number; reason: string }

/**
 * Judges an `auth` message. `gateway` is our name from configuration, `nonce` what this very connection was
 * given. What exactly is wrong with an unknown box, key or signature is not told apart.
 */
export function judge(
  auth: BoxMessageOf<'auth'>,
  expected: { gateway: string; nonce: string },
  registry: BoxRegistry,
): Verdict {
  if (auth.v !== protocolVersion) {
    return { code: closeCodes.version, reason: `version ${protocolVersion} is spoken here` }
  }
  const refused = { code: closeCodes.authentication, reason: 'authentication failed' }
  const enrolled = lookUp(auth.box, registry)
  if (!enrolled || enrolled.key !== auth.key) return refused
  const challenge = { ...expected, box: auth.box, key: auth.key }
  if (!verifyChallenge(challenge, auth.signature, enrolled.publicKey)) return refused
  // Only who holds the key learns that it was revoked.
  if (enrolled.revoked) return { code: closeCodes.revoked, reason: 'this box was revoked' }
  return { box: auth.box }
}

/** A damaged file of one box keeps that box out and nobody else. */
function lookUp(box: string, registry: BoxRegistry) {
  try {
    return registry.find(box)
  } catch (error) {
    if (error instanceof EnrolmentError) return null
    throw error
  }
}

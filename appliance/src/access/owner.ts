import { TanboxError } from '../errors.ts'
import { hashPassword, passwordMatches } from './password.ts'
import type { Principal } from './scope.ts'
import { newClaimCode, newToken, normaliseClaimCode, sameSecret, tokenDigest } from './secret.ts'

/** Where the owner's password hash and the sessions are kept. Only digests of tokens are stored. */
export interface OwnerStore {
  passwordHash(): string | null
  /** Stores the hash of the first owner; false when there is one already. Atomic. */
  claim(passwordHash: string, at: string): boolean
  addSession(session: { digest: string; createdAt: string; expiresAt: string }): void
  findSession(digest: string): { expiresAt: string } | null
  removeSession(digest: string): void
}

export interface Owner {
  readonly claimed: boolean
  /** The one-time code while the box is unclaimed; a new one at each start, never stored. */
  readonly claimCode: string | null
  /** Sets the password and returns a session token. Throws already-claimed, claim-code-wrong, password-weak. */
  claim(code: string, password: string): Promise<string>
  /** Returns a session token. Throws not-claimed, password-wrong. */
  signIn(password: string): Promise<string>
  signOut(token: string): void
  /** Who holds this session token; null when nobody does. */
  session(token: string): Principal | null
  /** Who holds this command-line token; null when it is not the one. */
  commandLine(token: string): Principal | null
}

export const sessionDays = 30

/** One owner account: claimed once with the code, then signed in by password or by the command line's token. */
export function createOwner(
  store: OwnerStore,
  settings: { commandLineToken: string; now: () => Date },
): Owner {
  let claimCode = store.passwordHash() === null ? newClaimCode() : null

  const openSession = (): string => {
    const token = newToken()
    const at = settings.now()
    const expiresAt = new Date(at.getTime() + sessionDays * 86_400_000)
    store.addSession({
      digest: tokenDigest(token),
      createdAt: at.toISOString(),
      expiresAt: expiresAt.toISOString(),
    })
    return token
  }

  return {
    get claimed() {
      return claimCode === null
    },
    get claimCode() {
      return claimCode
    },
    async claim(code, password) {
      if (claimCode === null) throw new TanboxError('already-claimed')
      if (!sameSecret(normaliseClaimCode(code), normaliseClaimCode(claimCode)))
        throw new TanboxError('claim-code-wrong')
      const hashed = await hashPassword(password)
      if (!store.claim(hashed, settings.now().toISOString())) throw new TanboxError('already-claimed')
      claimCode = null
      return openSession()
    },
    async signIn(password) {
      const stored = store.passwordHash()
      if (stored === null) throw new TanboxError('not-claimed')
      if (!(await passwordMatches(password, stored))) throw new TanboxError('password-wrong')
      return openSession()
    },
    signOut(token) {
      store.removeSession(tokenDigest(token))
    },
    session(token) {
      const found = store.findSession(tokenDigest(token))
      if (found === null || found.expiresAt <= settings.now().toISOString()) return null
      return { kind: 'owner', via: 'session' }
    },
    commandLine(token) {
      return sameSecret(token, settings.commandLineToken) ? { kind: 'owner', via: 'token' } : null
    },
  }
}

import { TanboxError } from '../errors.ts'
import { hashPassword, passwordMatches } from './password.ts'
import type { Principal } from './scope.ts'
import { newClaimCode, newToken, normaliseClaimCode, sameSecret, tokenDigest } from './secret.ts'

/** Where the account and its sessions are kept. Times are milliseconds since 1970; tokens come as digests. */
export interface Accounts {
  account(id: string): { passwordHash: string } | undefined
  /** Makes the account unless there is one already: of two claims at once one wins. */
  claim(account: { id: string; passwordHash: string }): boolean
  open(session: { tokenHash: string; account: string; expiresAt: number }): void
  find(tokenHash: string, now: number): { account: string } | undefined
  close(tokenHash: string): void
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

const ownerId = 'owner'

/** One owner account: claimed once with the code, then signed in by password or by the command line's token. */
export function createOwner(
  accounts: Accounts,
  settings: { commandLineToken: string; now: () => Date },
): Owner {
  let claimCode = accounts.account(ownerId) === undefined ? newClaimCode() : null

  const openSession = (): string => {
    const token = newToken()
    const expiresAt = settings.now().getTime() + sessionDays * 86_400_000
    accounts.open({ tokenHash: tokenDigest(token), account: ownerId, expiresAt })
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
      const passwordHash = await hashPassword(password)
      if (!accounts.claim({ id: ownerId, passwordHash })) throw new TanboxError('already-claimed')
      claimCode = null
      return openSession()
    },
    async signIn(password) {
      const owner = accounts.account(ownerId)
      if (owner === undefined) throw new TanboxError('not-claimed')
      if (!(await passwordMatches(password, owner.passwordHash))) throw new TanboxError('password-wrong')
      return openSession()
    },
    signOut(token) {
      accounts.close(tokenDigest(token))
    },
    session(token) {
      const found = accounts.find(tokenDigest(token), settings.now().getTime())
      return found === undefined ? null : { kind: 'owner', via: 'session' }
    },
    commandLine(token) {
      return sameSecret(token, settings.commandLineToken) ? { kind: 'owner', via: 'token' } : null
    },
  }
}

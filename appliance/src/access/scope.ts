import { TanboxError } from '../errors.ts'
import type { Scope } from '../model.ts'

/** Who is asking: the owner, signed in at the console or holding the command line's token. */
export interface Principal {
  readonly kind: 'owner'
  readonly via: 'session' | 'token'
}

const issued = new WeakSet<Scope>()

/** The one way to a Scope: from an authenticated principal. The owner reads the one space there is. */
export function scopeOf(principal: Principal): Scope {
  const scope = Object.freeze({
    principal: principal.kind,
    spaces: Object.freeze(['home']),
  }) as unknown as Scope
  issued.add(scope)
  return scope
}

/** Refuses a Scope that `scopeOf` did not make: the brand is checked where passages are read, also at run time. */
export function assertScope(scope: Scope): void {
  if (!issued.has(scope)) throw new TanboxError('not-signed-in')
}

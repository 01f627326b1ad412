import type { Scope } from '../model.ts'

/** Throws unless `access/` made this Scope: the type alone does not hold against a cast. */
export type CheckScope = (scope: Scope) => void

/** What statements need of a scope, after it has been checked. */
export interface Reader {
  /** Spaces as a JSON list, so that one prepared statement serves any number of them. */
  spaces(scope: Scope): string
  principal(scope: Scope): string
}

export function createReader(check: CheckScope): Reader {
  return {
    spaces(scope) {
      check(scope)
      return JSON.stringify(scope.spaces)
    },
    principal(scope) {
      check(scope)
      return scope.principal
    },
  }
}

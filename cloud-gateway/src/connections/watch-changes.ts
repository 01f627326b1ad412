/** Asks the accounts from time to time what changed: revocations, keys, quotas, newer connections elsewhere. */
import type { Accounts, BoxChange } from '../accounts/accounts.ts'
import type { Log } from '../log.ts'

/** Returns the function that ends it. Resolves when the present state is known; rejects when it cannot be. */
export async function watchChanges(
  accounts: Pick<Accounts, 'changes'>,
  everyMs: number,
  log: Log,
  apply: (changes: readonly BoxChange[]) => void,
): Promise<() => void> {
  let { cursor } = await accounts.changes(0)
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  let away = false

  async function look(): Promise<void> {
    try {
      const changes = await accounts.changes(cursor)
      if (stopped) return
      cursor = changes.cursor
      away = false
      apply(changes.boxes)
    } catch (error) {
      // Boxes stay connected while the accounts are away; a revocation counts when they are back.
      if (!away && !stopped) log('changes-unknown', { cause: error instanceof Error ? error.name : '' })
      away = true
    }
    later()
  }

  function later(): void {
    if (!stopped) timer = setTimeout(() => void look(), everyMs)
  }

  later()
  return () => {
    stopped = true
    if (timer) clearTimeout(timer)
  }
}

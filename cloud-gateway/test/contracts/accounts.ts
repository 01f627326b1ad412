import type { Test } from 'tap'
import type { Accounts } from '../../src/accounts/accounts.ts'
import { boxContract } from './accounts/boxes.ts'
import { clockContract } from './accounts/clocks.ts'
import { codeContract } from './accounts/codes.ts'
import { leaseContract } from './accounts/leases.ts'
import { quotaContract } from './accounts/quotas.ts'
import { reservationContract } from './accounts/reservations.ts'
import { usageContract } from './accounts/usage.ts'

/** A store of its own, empty, with a clock that the test sets; leases last `leaseMs` of it. */
export interface AccountsUnderTest {
  accounts: Accounts
  /** Another opening of the same store: the command line beside a gateway, or another replica. */
  again(): Promise<Accounts>
  clock: TestClock
}

export interface TestClock {
  readonly leaseMs: number
  now(): number
  /** The clock jumps to that time. */
  set(at: number): Promise<void>
}

export type OpenAccounts = (t: Test, options?: { leaseMs?: number }) => Promise<AccountsUnderTest>

/** What every driver of the accounts keeps. */
export async function accountsContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test('boxes', (t) => boxContract(t, open))
  await t.test('codes', (t) => codeContract(t, open))
  await t.test('reservations', (t) => reservationContract(t, open))
  await t.test('quotas', (t) => quotaContract(t, open))
  await t.test('usage', (t) => usageContract(t, open))
  await t.test('clocks', (t) => clockContract(t, open))
  await t.test('leases', (t) => leaseContract(t, open))
}

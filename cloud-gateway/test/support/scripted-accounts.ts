/** Accounts of questions in memory that fail when the test wants it; what SQLite does is its contract's affair. */
import {
  type Accounts,
  AccountsAway,
  type Reservation,
  type Reserved,
  type Settlement,
} from '../../src/accounts/accounts.ts'

export interface ScriptedAccounts
  extends Pick<
    Accounts,
    'find' | 'reserve' | 'settle' | 'settleDead' | 'giveBack' | 'beat' | 'leave' | 'prune'
  > {
  reservations: Reservation[]
  settlements: Settlement[]
  /** Asked before every call; true: it fails as if the database were away. */
  away: () => boolean
  /** Asked before a reservation; null: as it is. */
  answer: (reservation: Reservation) => Reserved | null
  beats: number
}

export function scriptedAccounts(): ScriptedAccounts {
  const rows = new Map<string, { digest: string; epoch: number; settled: boolean; process: string }>()
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const accounts: ScriptedAccounts = {
    reservations: [],
    settlements: [],
    away: () => false,
    answer: () => null,
    beats: 0,
    async reserve(reservation) {
      await turn()
      if (accounts.away()) throw new AccountsAway('away')
      const given = accounts.answer(reservation)
      if (given) return given
      const { rid, digest, epoch, process } = reservation
      const row = rows.get(rid)
      if (row && !(row.settled && epoch === row.epoch + 1 && row.digest === digest)) {
        return { state: 'known', ...row, live: true }
      }
      rows.set(rid, { digest, epoch, settled: false, process })
      accounts.reservations.push(reservation)
      return { state: 'reserved' }
    },
    async settle(settlement) {
      await turn()
      if (accounts.away()) throw new AccountsAway('away')
      const row = rows.get(settlement.rid)
      if (!row || row.epoch !== settlement.epoch || row.settled) return false
      row.settled = true
      accounts.settlements.push(settlement)
      return true
    },
    async settleDead() {
      await turn()
      if (accounts.away()) throw new AccountsAway('away')
      return 0
    },
    async beat() {
      await turn()
      if (accounts.away()) throw new AccountsAway('away')
      accounts.beats += 1
    },
    find: async () => null,
    giveBack: async () => 0,
    async leave() {},
    async prune() {},
  }
  return accounts
}

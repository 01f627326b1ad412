/**
 * What a driver does: the port with everything checked and hashed that needs no database. `createAccounts` puts the
 * rules in front of it that are the same for every driver.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { BoxId, type Quota } from '../protocol.ts'
import { keyIdOf, publicKeyProblem } from '../wire/public-key.ts'
import { type Accounts, type BoxAccount, EnrolmentError } from './accounts.ts'
import { codeHashOf } from './enrolment-code.ts'
import { refusal } from './refusals.ts'

/** A key that may be enrolled, with its id. */
export interface CheckedKey {
  key: string
  publicKey: Uint8Array
}

export interface AccountsStore extends Omit<Accounts, 'enrol' | 'createCode' | 'register' | 'rotate'> {
  enrol(box: CheckedKey & { box: string; label: string; quota: Quota }): Promise<BoxAccount>
  createCode(code: { hash: Uint8Array; label: string; quota: Quota; expiresAt: number }): Promise<void>
  register(hash: Uint8Array, box: CheckedKey & { box: string; label: string }): Promise<BoxAccount>
  rotate(box: string, from: string, to: CheckedKey): Promise<boolean>
}

const boxIdCheck = Compile(Type.Object({ box: BoxId }))
const isBoxId = (box: string) => boxIdCheck.Check({ box })
const longestLabel = 128

export function createAccounts(store: AccountsStore): Accounts {
  return {
    ...store,
    find: async (box) => (isBoxId(box) ? store.find(box) : null),
    async enrol({ box, publicKey, label, quota }) {
      requireBoxId(box)
      return store.enrol({ box, ...checkedKey(publicKey), label: shortened(label), quota })
    },
    createCode: async ({ code, label, quota, expiresAt }) =>
      store.createCode({ hash: codeHashOf(code), label: shortened(label), quota, expiresAt }),
    async register(code, { box, publicKey, label = '' }) {
      requireBoxId(box)
      return store.register(codeHashOf(code), { box, ...checkedKey(publicKey), label: shortened(label) })
    },
    rotate: async (box, from, to) => {
      const key = checkedKey(to)
      return isBoxId(box) && store.rotate(box, from, key)
    },
    revoke: async (box) => isBoxId(box) && store.revoke(box),
    setQuota: async (box, quota) => isBoxId(box) && store.setQuota(box, quota),
  }
}

/** Without what a terminal would obey, and cut between characters, not within one of two code units. */
function shortened(label: string): string {
  return label
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()
    .slice(0, longestLabel)
    .replace(/[\ud800-\udbff]$/, '')
}

function requireBoxId(box: string): void {
  if (!isBoxId(box)) throw refusal('box-malformed')
}

function checkedKey(publicKey: Uint8Array): CheckedKey {
  const problem = publicKeyProblem(publicKey)
  if (problem) throw new EnrolmentError('key-refused', `the public key is refused: ${problem}`)
  return { key: keyIdOf(publicKey), publicKey }
}

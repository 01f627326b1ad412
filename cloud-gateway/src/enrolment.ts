/**
 * Lets a box in without a code, where one hand runs box and gateway:
 *
 *     import { readConfig } from '@tanbox/cloud-gateway/config'
 *     import { enrolBox } from '@tanbox/cloud-gateway/enrolment'
 *     import { createIdentity } from '@tanbox/cloud-gateway/identity'
 *     const identity = createIdentity(join(data, 'keys', 'box.json'))                 // made once, then read
 *     const { data, database } = readConfig({ ...environment, TANBOX_GATEWAY_DATA: folder })
 *     await enrolBox({ data, database }, identity, 'this machine')                    // harmless when already there
 *
 * The gateway may run meanwhile or not.
 */
import type { BoxAccount } from './accounts/accounts.ts'
import { unlimitedQuota } from './accounts/box-folder.ts'
import { type AccountsPlace, openAccounts } from './accounts/open-accounts.ts'

export { EnrolmentError } from './accounts/accounts.ts'

/** Throws EnrolmentError (`box-taken`, `box-revoked`, ...), AccountsAway. */
export async function enrolBox(
  place: AccountsPlace,
  box: { box: string; publicKey: Uint8Array },
  label: string,
): Promise<BoxAccount> {
  const { accounts } = await openAccounts(place, 'beside')
  try {
    return await accounts.enrol({ box: box.box, publicKey: box.publicKey, label, quota: unlimitedQuota })
  } finally {
    await accounts.close()
  }
}

/** What the contract's tests begin with. */
import { generateKeyPairSync } from 'node:crypto'
import type { Accounts, Progress, Reservation, Settlement } from '../../../src/accounts/accounts.ts'
import type { Quota } from '../../../src/protocol.ts'
import { keyIdOf } from '../../../src/wire/public-key.ts'
import { newRid } from '../../support/questions.ts'
import type { TestClock } from '../accounts.ts'

export const unlimited: Quota = { tokensPerMinute: null, tokensPerDay: null, streams: 8 }

export function newKey(): { key: string; publicKey: Uint8Array } {
  const publicKey = Buffer.from(
    generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x!,
    'base64url',
  )
  return { key: keyIdOf(publicKey), publicKey: new Uint8Array(publicKey) }
}

let boxes = 0
export function newBox(): { box: string; key: string; publicKey: Uint8Array } {
  return { box: `box-${++boxes}`, ...newKey() }
}

/** An enrolled box with a connection at `process`, and what it needs to ask. */
export async function connectedBox(accounts: Accounts, { quota = unlimited, process = 'p1' } = {}) {
  const box = newBox()
  await accounts.enrol({ ...box, label: 'test', quota })
  await accounts.beat(process, [])
  const generation = await accounts.connect(box.box, process)
  const question = (changes: Partial<Reservation> = {}): Reservation => ({
    ...{ box: box.box, generation, rid: newRid(), digest: 'a'.repeat(64), epoch: 1, process },
    ...{ alias: 'default', promptTokens: 100, maxTokens: 50 },
    ...changes,
  })
  return { ...box, generation, question }
}

export function settlementOf(asked: Reservation, changes: Partial<Settlement> = {}): Settlement {
  const { box, rid, epoch, process } = asked
  const usage = { promptTokens: 90, completionTokens: 20, exact: true }
  return { box, rid, epoch, process, target: 'gpu', outcome: 'stop', usage, cost: 7, ...changes }
}

export function progressOf(
  asked: Reservation,
  completionTokens: number,
  target: string | null = 'gpu',
): Progress {
  const { box, rid, epoch, promptTokens } = asked
  return { box, rid, epoch, target, usage: { promptTokens, completionTokens, exact: false }, cost: 3 }
}

/** Time in which `beating` processes beat as they should; everybody else says nothing. */
export async function pass(
  accounts: Accounts,
  clock: TestClock,
  ms: number,
  beating: string[] = [],
): Promise<void> {
  const end = clock.now() + ms
  while (clock.now() < end) {
    await clock.set(Math.min(end, clock.now() + clock.leaseMs / 3))
    // Somebody always beats: without any gateway the store does not age.
    for (const process of ['witness', ...beating]) await accounts.beat(process, [])
  }
}

/** The boxes that are connected here: one connection each, the newest. */
import { randomBytes } from 'node:crypto'
import type { Accounts, BoxAccount, BoxChange } from '../accounts/accounts.ts'
import type { BoxDesk } from '../answers/box-desk.ts'
import type { Desks } from '../answers/desks.ts'
import { askError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type BoxMessageOf, closeCodes, type GatewayMessage, type Quota } from '../protocol.ts'
import { type Link, outletOf } from './link.ts'

export interface Members {
  readonly size: number
  /** As the accounts do it, and remembers which generations are ours. */
  connect: Accounts['connect']
  /** Welcomes a box that has proved who it is, and goes on with its answers. May throw ProtocolError. */
  admit(link: Link, account: BoxAccount, generation: number, resume: Resume): void
  leave(link: Link): void
  /** The desk of the box; null: it has no answers, and `needed` is false. */
  deskOf(link: Link, needed: boolean): BoxDesk | null
  /** Something changed at the accounts. */
  apply(changes: readonly BoxChange[]): void
  each(visit: (link: Link) => void): void
}

type Resume = NonNullable<BoxMessageOf<'auth'>['resume']>

export interface MembersCollaborators {
  accounts: Pick<Accounts, 'connect'>
  desks: Desks
  models: readonly string[]
  log: Log
}

export function createMembers({ accounts, desks, models, log }: MembersCollaborators): Members {
  const members = new Map<string, { link: Link; quota: Quota }>()
  /** Boxes whose `connect` is under way, and the highest generation that this process got for each. */
  const connecting = new Map<string, number>()
  const ours = new Map<string, number>()
  /** Of the last two looks: what came while a box was on its way in is applied when it is there. */
  let recent = new Map<string, BoxChange>()
  let earlier = new Map<string, BoxChange>()

  function apply(change: BoxChange): void {
    const { box, key, revoked, generation, quota } = change
    const own = ours.get(box)
    if (own === undefined) return
    const member = members.get(box)
    if (revoked) {
      member?.link.close(closeCodes.revoked, 'this box was revoked')
      desks.end(box, 'cancelled')
    } else if (generation > own && !connecting.has(box)) {
      log('box-moved', { box, generation })
      member?.link.close(closeCodes.superseded, 'a newer connection of this box')
      desks.end(box, askError('superseded'))
      ours.delete(box)
    } else if (member && key !== member.link.key && key !== member.link.rotating) {
      member.link.close(closeCodes.authentication, 'the key of this box was changed')
    } else if (member && !sameQuota(member.quota, quota)) {
      member.quota = quota
      if (member.link.desk) member.link.desk.quota = quota
      const changed: GatewayMessage = { type: 'quota', quota }
      if (member.link.hearsQuota) member.link.send(JSON.stringify(changed))
    }
  }

  function deskOf(link: Link, needed: boolean): BoxDesk | null {
    if (link.desk) return link.desk
    if (!needed && !desks.find(link.box)) return null
    const desk = desks.open(link.box)
    link.desk = desk
    link.outlet = outletOf(link, () => desk.flushed())
    desk.connect(link.outlet, members.get(link.box)!.quota)
    return desk
  }

  return {
    get size() {
      return members.size
    },
    async connect(box, process) {
      connecting.set(box, (connecting.get(box) ?? 0) + 1)
      try {
        const generation = await accounts.connect(box, process)
        ours.set(box, Math.max(ours.get(box) ?? 0, generation))
        return generation
      } finally {
        const left = connecting.get(box)! - 1
        if (left > 0) connecting.set(box, left)
        else connecting.delete(box)
      }
    },
    admit(link, { box, key, quota }, generation, resume) {
      const present = members.get(box)
      if (present && present.link.generation > generation) {
        return link.close(closeCodes.superseded, 'a newer connection of this box')
      }
      // Of several connections of one box the newest counts: the others are most likely half open.
      present?.link.close(closeCodes.superseded, 'a newer connection of this box')
      link.phase = 'open'
      Object.assign(link, { box, key, generation })
      members.set(box, { link, quota })
      log('box-connected', { box, generation })
      const welcome: GatewayMessage = {
        type: 'welcome',
        session: randomBytes(12).toString('base64url'),
        generation,
        models: [...models],
        quota,
      }
      link.send(JSON.stringify(welcome))
      deskOf(link, resume.length > 0)?.resume(resume)
      for (const change of [earlier.get(box), recent.get(box)]) {
        // What was read before this connection was counted is older than `account`, or will be told once more.
        if (change && change.generation >= generation) apply(change)
      }
    },
    leave(link) {
      if (link.outlet) link.desk?.disconnect(link.outlet)
      link.desk = null
      link.outlet = null
      if (members.get(link.box)?.link === link) members.delete(link.box)
    },
    deskOf,
    apply(changes) {
      earlier = recent
      recent = new Map(changes.map((change) => [change.box, change]))
      for (const change of changes) apply(change)
    },
    each(visit) {
      for (const { link } of [...members.values()]) visit(link)
    },
  }
}

function sameQuota(a: Quota, b: Quota): boolean {
  return (
    a.tokensPerMinute === b.tokensPerMinute && a.tokensPerDay === b.tokensPerDay && a.streams === b.streams
  )
}

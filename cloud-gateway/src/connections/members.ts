/** The boxes that are connected: one connection each. */
import { randomBytes } from 'node:crypto'
import type { BoxRegistry } from '../enrolment.ts'
import type { Log } from '../log.ts'
import { closeCodes } from '../protocol.ts'
import type { Provider } from '../providers/provider.ts'
import type { GatewayTiming } from '../timing.ts'
import type { Connection } from './connection.ts'
import { createSession, type Session } from './session.ts'

export interface Members {
  readonly connections: number
  /** Answers in the making, of all boxes. */
  readonly running: number
  /** Welcomes a box that has proved who it is. */
  admit(box: string, connection: Connection): Session
  /** Its connection is gone. */
  leave(box: string, connection: Connection): void
  /** Lets running answers finish (for a while), then closes all connections. */
  dismiss(): Promise<void>
}

export interface MembersSettings {
  registry: BoxRegistry
  models: ReadonlyMap<string, Provider>
  timing: GatewayTiming
  log: Log
}

export function createMembers({ registry, models, timing, log }: MembersSettings): Members {
  const members = new Map<string, { connection: Connection; session: Session }>()
  /** Outlives connections, so that a later one of the same box has the higher number. */
  const generations = new Map<string, number>()

  const revocations = setInterval(() => {
    for (const [box, { connection }] of members) {
      if (isRevoked(box, registry)) connection.close(closeCodes.revoked, 'this box was revoked')
    }
  }, timing.revocationMs)

  return {
    get connections() {
      return members.size
    },
    get running() {
      return [...members.values()].reduce((sum, { session }) => sum + session.running, 0)
    },
    admit(box, connection) {
      // Of several connections of one box the newest counts: the others are most likely half open.
      members.get(box)?.connection.close(closeCodes.superseded, 'a newer connection of this box')
      const generation = (generations.get(box) ?? 0) + 1
      generations.set(box, generation)
      const session = createSession({ box, models, timing, log }, connection)
      members.set(box, { connection, session })
      log('box-connected', { box, generation })
      connection.send({
        type: 'welcome',
        session: randomBytes(12).toString('base64url'),
        generation,
        models: [...models.keys()],
      })
      return session
    },
    leave(box, connection) {
      if (members.get(box)?.connection === connection) members.delete(box)
    },
    async dismiss() {
      clearInterval(revocations)
      for (const { connection, session } of members.values()) {
        session.drain()
        connection.send({ type: 'goaway', deadlineMs: timing.drainMs, jitterMs: timing.jitterMs })
      }
      await within(
        timing.drainMs,
        [...members.values()].map(({ session }) => session.idle()),
      )
      for (const { connection } of members.values()) connection.close(closeCodes.drain, 'going down')
    },
  }
}

function isRevoked(box: string, registry: BoxRegistry): boolean {
  try {
    return registry.find(box)?.revoked ?? true
  } catch {
    // A file that was damaged meanwhile does not end a connection that was fine.
    return false
  }
}

async function within(ms: number, all: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([Promise.all(all), patience])
  clearTimeout(timer)
}

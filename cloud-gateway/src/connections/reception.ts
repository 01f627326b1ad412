/** What happens on each connection, from the greeting to the close. */
import { randomBytes } from 'node:crypto'
import type { Accounts } from '../accounts/accounts.ts'
import { createAttempts } from '../accounts/attempts.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../operator/observer.ts'
import {
  type BoxMessage,
  type BoxMessageOf,
  capabilities,
  closeCodes,
  type GatewayMessage,
  limits,
  ProtocolError,
  protocolVersion,
} from '../protocol.ts'
import type { GatewayLimits, GatewayTiming } from '../timing.ts'
import { keyIdOf } from '../wire/public-key.ts'
import { createArrivals } from './arrivals.ts'
import { createAuthClock } from './auth-clock.ts'
import type { Handshakes } from './handshakes.ts'
import { createHeartbeatWheel } from './heartbeat-wheel.ts'
import { identify } from './identify.ts'
import { type BoxSocket, Link, type LinkEvents, type RawSocket } from './link.ts'
import type { Members } from './members.ts'
import { rotateKey } from './rotate-key.ts'

/** Bytes of a connection before its welcome: an `auth` of the largest size, its frame, and some pings. */
const mostBeforeWelcome = 4 * limits.handshakeBytes

export interface Reception {
  /** Connections that have not been welcomed yet. */
  readonly arriving: number
  /** Takes over a connection that has its place among the handshakes. `address`: of whom, as far as is known. */
  receive(socket: BoxSocket, raw: RawSocket, address: string): void
  /** Who has not been welcomed is sent away; nobody is welcomed from now on. */
  drain(): void
  close(): void
}

export interface ReceptionCollaborators {
  /** The gateway's name from its configuration. */
  name: string
  process: string
  accounts: Pick<Accounts, 'find' | 'rotate'>
  members: Members
  handshakes: Handshakes
  observer: Observer
  log: Log
  timing: GatewayTiming
  limits: GatewayLimits
}

export function createReception(collaborators: ReceptionCollaborators): Reception {
  const { name, process, members, handshakes, observer, log, timing } = collaborators
  const wheel = createHeartbeatWheel(timing.heartbeat)
  const clock = createAuthClock<Link>(Math.max(5, timing.authMs / 10))
  const arriving = createArrivals<Link>(handshakes, collaborators.limits, (link) => tooLate(link))
  let draining = false
  const connects = createAttempts(collaborators.limits.connects)
  const rotations = createAttempts(collaborators.limits.rotations)
  const mayConnect = (box: string) => connects.take(box, performance.now()) === 0
  const accounts = { find: collaborators.accounts.find, connect: members.connect }

  const events: LinkEvents = {
    limits: collaborators.limits,
    message(link, message, bytes) {
      if (link.phase === 'open') receive(link, message)
      else authenticate(link, message, bytes)
    },
    closed(link, code, reason) {
      arrived(link, code === closeCodes.authentication ? 'refused' : 'gone')
      wheel.remove(link)
      members.leave(link)
      observer.observe({ type: 'connection-closed', code })
      log('connection-closed', { box: link.box || null, code, reason })
    },
    fault(link, error) {
      // The class of an error is safe to keep; its message may hold a text.
      log('connection-fault', {
        box: link.box || null,
        cause: error instanceof Error ? error.name : typeof error,
      })
    },
  }

  /** It is in, or not here any more. */
  function arrived(link: Link, outcome: 'welcome' | 'refused' | 'timeout' | 'gone'): void {
    const since = arriving.remove(link, outcome === 'welcome')
    if (since === null) return
    clock.stop(link)
    observer.observe({ type: 'handshake', outcome, ms: performance.now() - since })
  }

  function tooLate(link: Link): void {
    arrived(link, 'timeout')
    link.close(closeCodes.authentication, 'no authentication in time')
  }

  /** Who has not said who he is gets no memory for a frame that does not end. */
  function guard(link: Link, raw: RawSocket): void {
    const most = raw.bytesRead + mostBeforeWelcome
    const look = () => {
      if (link.phase === 'open' || link.phase === 'closed') raw.off('data', look)
      else if (raw.bytesRead > most) {
        link.close(closeCodes.size, 'too large before authentication')
        raw.pause()
      }
    }
    raw.on('data', look)
  }

  function authenticate(link: Link, message: BoxMessage, bytes: number): void {
    if (bytes > limits.handshakeBytes) {
      link.close(closeCodes.size, 'too large before authentication')
      return
    }
    if (message.type !== 'auth') throw new ProtocolError(`${message.type} before auth`)
    if (link.phase === 'judging') throw new ProtocolError('a second auth')
    link.phase = 'judging'
    arriving.spoke(link)
    clock.start(link, timing.judgeMs, () => link.close(closeCodes.unavailable, 'the accounts do not answer'))
    void judge(link, message)
  }

  async function judge(link: Link, auth: BoxMessageOf<'auth'>): Promise<void> {
    try {
      const expected = { gateway: name, nonce: link.nonce, process }
      const verdict = await identify(auth, expected, accounts, mayConnect)
      if (link.phase !== 'judging') return
      if ('code' in verdict) return link.close(verdict.code, verdict.reason)
      if (draining) return link.close(closeCodes.drain, 'going down')
      arrived(link, 'welcome')
      link.hearsQuota = auth.capabilities.includes('quota')
      members.admit(link, verdict.account, verdict.generation, auth.resume ?? [])
    } catch (error) {
      if (error instanceof ProtocolError) return link.fail(error)
      log('accounts-away', { cause: error instanceof Error ? error.name : typeof error })
      link.close(closeCodes.unavailable, 'the accounts do not answer')
    }
  }

  function receive(link: Link, message: BoxMessage): void {
    switch (message.type) {
      case 'ask':
        members.deskOf(link, true)!.ask(message)
        break
      case 'credit':
        members.deskOf(link, false)?.credit(message)
        break
      case 'cancel':
        members.deskOf(link, false)?.cancel(message.rid)
        break
      case 'ack':
        members.deskOf(link, false)?.acknowledge(message.rid)
        break
      case 'rotate':
        if (link.rotating !== null) throw new ProtocolError('a second rotate')
        void rotate(link, message)
        break
      default:
        throw new ProtocolError(`${message.type} out of order`)
    }
  }

  async function rotate(link: Link, message: BoxMessageOf<'rotate'>): Promise<void> {
    const { box, key } = link
    if (rotations.take(box, performance.now()) > 0)
      return link.close(closeCodes.rate, 'the key of this box changes too often')
    link.rotating = 'unknown'
    try {
      const to = await rotateKey(
        message,
        { gateway: name, box, from: key },
        {
          rotate: (id, from, publicKey) => {
            link.rotating = keyIdOf(publicKey)
            return collaborators.accounts.rotate(id, from, publicKey)
          },
        },
      )
      if (link.phase !== 'open') return
      if (to === null) return link.close(closeCodes.authentication, 'the new key is refused')
      link.key = to
      link.rotating = null
      log('key-rotated', { box, key: to })
      link.send(JSON.stringify({ type: 'rotated', key: to } satisfies GatewayMessage))
    } catch (error) {
      log('accounts-away', { cause: error instanceof Error ? error.name : typeof error })
      link.close(closeCodes.unavailable, 'the accounts do not answer')
    }
  }

  return {
    get arriving() {
      return arriving.size
    },
    receive(socket, raw, address) {
      const link = new Link(socket, raw, randomBytes(32).toString('base64url'), events)
      arriving.add(link, address)
      wheel.add(link)
      guard(link, raw)
      link.send(helloFrame(name, link.nonce, timing.authMs), () => {
        if (link.phase !== 'greeted') return
        clock.start(link, timing.authMs, () => tooLate(link))
      })
    },
    drain() {
      draining = true
      for (const link of [...arriving]) {
        if (link.phase === 'greeted') link.close(closeCodes.drain, 'going down')
      }
    },
    close() {
      wheel.close()
      clock.close()
      arriving.close()
    },
  }
}

function helloFrame(gateway: string, nonce: string, authMs: number): string {
  const { frameBytes, bodyBytes, passages, inFlight, deadlineMs } = limits
  const { streamCreditBytes, boxHeldBytes, resumeMs } = limits
  const hello: GatewayMessage = {
    type: 'hello',
    v: protocolVersion,
    gateway,
    nonce,
    authMs,
    limits: {
      ...{ frameBytes, bodyBytes, passages, inFlight, deadlineMs },
      ...{ streamCreditBytes, boxHeldBytes, resumeMs },
    },
    capabilities: [...capabilities],
  }
  return JSON.stringify(hello)
}

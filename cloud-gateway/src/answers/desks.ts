/** The desks of all boxes that have answers here, and what they hold together. */
import type { Known, Progress } from '../accounts/accounts.ts'
import type { AskError } from '../errors.ts'
import type { GatewayTiming } from '../timing.ts'
import { BoxDesk, type DeskCollaborators } from './box-desk.ts'

export interface Desks {
  /** The desk of a box, made when it is first needed. */
  open(box: string): BoxDesk
  find(box: string): BoxDesk | null
  /** The box has moved or was shut out: what runs here for it is ended at once. */
  end(box: string, why: 'cancelled' | AskError): void
  /** How far running answers are, for the lease. */
  progress(): Progress[]
  /** Answers that are not over. */
  known(): Known[]
  readonly gauges: DeskGauges
  /** Resolves when no answer of a connected box is on its way, or after so long. Answers without their box are ended. */
  idle(ms: number, why: AskError): Promise<void>
  endAll(why: 'cancelled' | AskError): void
  close(): void
}

export interface DeskGauges {
  running: number
  heldBytes: number
  detachedBytes: number
  detachedAnswers: number
}

export function createDesks(
  collaborators: Omit<DeskCollaborators, 'away' | 'tooMuchAway' | 'counts'>,
): Desks {
  const desks = new Map<string, BoxDesk>()
  const away = { bytes: 0 }
  const counts = { deltas: 0 }
  const { timing, limits, observer } = collaborators
  const shared: DeskCollaborators = { ...collaborators, away, counts, tooMuchAway }

  const sweeps = setInterval(sweep, sweepMs(timing))
  sweeps.unref()

  function sweep(): void {
    const now = performance.now()
    for (const [box, desk] of desks) {
      try {
        desk.sweep(now)
      } catch (error) {
        desk.fault(error)
      }
      if (desk.size === 0 && !desk.connected) desks.delete(box)
    }
    if (counts.deltas > 0) observer.observe({ type: 'deltas', count: counts.deltas })
    counts.deltas = 0
  }

  /** The box that has been away the longest pays first. */
  function tooMuchAway(): void {
    while (away.bytes > limits.detachedBytes) {
      const oldest = longestAway(desks.values())
      if (!oldest?.dropOldestAway()) return
    }
  }

  return {
    open(box) {
      let desk = desks.get(box)
      if (!desk) {
        desk = new BoxDesk(box, shared)
        desks.set(box, desk)
      }
      return desk
    },
    find: (box) => desks.get(box) ?? null,
    end(box, why) {
      desks.get(box)?.stopAll(why)
    },
    progress() {
      const all: Progress[] = []
      for (const desk of desks.values()) {
        for (const answer of desk.answers()) {
          const progress = answer.progressed()
          if (progress) all.push(progress)
        }
      }
      return all
    },
    known() {
      return [...desks].flatMap(([box, desk]) =>
        [...desk.answers()].filter(({ phase }) => phase !== 'over').map(({ rid }) => ({ box, rid })),
      )
    },
    get gauges() {
      return gaugesOf(desks.values(), away.bytes)
    },
    async idle(ms, why) {
      const end = performance.now() + ms
      for (const desk of desks.values()) desk.stopAway(why)
      while ([...desks.values()].some(({ busy }) => busy) && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    endAll(why) {
      for (const desk of desks.values()) desk.stopAll(why)
    },
    close() {
      clearInterval(sweeps)
      sweep()
    },
  }
}

/** Once a second, oftener where a test runs the clocks faster. */
function sweepMs({ progressMs, stalledMs, awayMs, keepMs }: GatewayTiming): number {
  return Math.max(5, Math.min(1000, progressMs / 5, stalledMs / 5, awayMs / 5, keepMs / 5))
}

function longestAway(desks: Iterable<BoxDesk>): BoxDesk | null {
  let oldest: BoxDesk | null = null
  let since = Number.POSITIVE_INFINITY
  for (const desk of desks) {
    if (desk.awaySince >= since) continue
    oldest = desk
    since = desk.awaySince
  }
  return oldest
}

function gaugesOf(desks: Iterable<BoxDesk>, detachedText: number): DeskGauges {
  const gauges = { running: 0, heldBytes: 0, detachedBytes: detachedText, detachedAnswers: 0 }
  for (const desk of desks) {
    gauges.heldBytes += desk.heldBytes
    for (const { phase, detachedAt } of desk.answers()) {
      if (phase === 'reserving' || phase === 'running') gauges.running += 1
      if (detachedAt !== null) gauges.detachedAnswers += 1
    }
    if (!desk.connected) gauges.detachedBytes += desk.upstreamBytes
  }
  return gauges
}

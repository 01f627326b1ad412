/**
 * Connections on their way in, from the greeting to the welcome. Each has a place among the handshakes; one that says
 * nothing gives it up to those who wait in line, and may go on being silent without it until its own time is over, as
 * long as there are not too many such: then the address that has most of them loses its oldest.
 *
 * Silent means that no message came, whatever bytes did. Time is counted in ticks, so that it stands still while the
 * event loop is busy: a storm of boxes is not taken for a crowd of silent peers.
 */
import { createCrowd } from './crowd.ts'

export interface Arrivals<T> {
  readonly size: number
  [Symbol.iterator](): IterableIterator<T>
  /** It has its place, and was greeted. */
  add(who: T, address: string): void
  /** It has said who it is, and is judged: nobody takes its place. */
  spoke(who: T): void
  /** It is in (`welcome`) or gone; since when it was there, by performance.now(), null when it was not. */
  remove(who: T, welcome: boolean): number | null
  close(): void
}

export interface ArrivalsSettings {
  /** Those without a place. */
  silentPeers: number
  tickMs?: number
}

export interface Places {
  readonly waiting: number
  leave(): void
}

interface Arrival {
  address: string
  since: number
  ticks: number
  /** `aside`: without a place, and silent; `none`: without one, and judged. */
  place: 'silent' | 'kept' | 'aside' | 'none'
}

/** A silent peer gives way after so many ticks; when nobody at all was welcomed for as long, after so few. */
const patientTicks = 20
const standstillTicks = 3

export function createArrivals<T>(
  places: Places,
  { silentPeers, tickMs = 100 }: ArrivalsSettings,
  sendAway: (who: T) => void,
): Arrivals<T> {
  const arrivals = new Map<T, Arrival>()
  const aside = createCrowd<T>(silentPeers)
  let ticksSinceWelcome = 0

  function stepAside(who: T, arrival: Arrival): void {
    arrival.place = 'aside'
    const tooMany = aside.add(arrival.address, who)
    places.leave()
    if (tooMany === null) return
    arrivals.get(tooMany)!.place = 'none'
    sendAway(tooMany)
  }

  const timer = setInterval(() => {
    ticksSinceWelcome += 1
    const enough = ticksSinceWelcome >= standstillTicks ? standstillTicks : patientTicks
    for (const [who, arrival] of arrivals) {
      if (arrival.place !== 'silent') continue
      arrival.ticks += 1
      if (arrival.ticks >= enough && places.waiting > 0) stepAside(who, arrival)
    }
  }, tickMs)
  timer.unref()

  return {
    get size() {
      return arrivals.size
    },
    [Symbol.iterator]: () => arrivals.keys(),
    add(who, address) {
      // The first tick may come at once.
      arrivals.set(who, { address, since: performance.now(), ticks: -1, place: 'silent' })
    },
    spoke(who) {
      const arrival = arrivals.get(who)
      if (arrival?.place === 'silent') arrival.place = 'kept'
      if (arrival?.place !== 'aside') return
      aside.delete(arrival.address, who)
      arrival.place = 'none'
    },
    remove(who, welcome) {
      const arrival = arrivals.get(who)
      if (!arrival) return null
      arrivals.delete(who)
      if (welcome) ticksSinceWelcome = 0
      if (arrival.place === 'aside') aside.delete(arrival.address, who)
      else if (arrival.place !== 'none') places.leave()
      return arrival.since
    },
    close: () => clearInterval(timer),
  }
}

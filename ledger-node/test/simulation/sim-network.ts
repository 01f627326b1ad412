import { type Exchange, type PeerRequest, type PeerResponse, Unreachable } from '../../src/peers/exchange.ts'
import type { SeededRandom } from './random.ts'
import type { Life, Scheduler } from './scheduler.ts'

/** What answers at a name; another after each start of that machine. */
export interface Station {
  life: Life
  handle(request: PeerRequest, from: string): Promise<PeerResponse>
}

/** What the way from one name to another does to what is sent on it. Fractions are chances of each message. */
export interface Weather {
  blocked: boolean
  /** Nothing arrives, and whoever asks is told so at once: as when nothing listens there. */
  refused: boolean
  lost: number
  /** Of requests: they arrive once more, later, and nobody waits for that answer. */
  doubled: number
  /** A byte of the body is another. */
  corrupted: number
  /** Microseconds on the way. A wide span lets messages overtake each other. */
  least: number
  most: number
}

export const fairWeather: Weather = {
  blocked: false,
  refused: false,
  lost: 0,
  doubled: 0,
  corrupted: 0,
  least: 200,
  most: 3000,
}

/** Where every request and every answer is seen as it leaves its sender. */
export type Tap = (message: Message) => void

export interface Message {
  from: string
  to: string
  request: PeerRequest
  /** Of an answer. */
  response?: PeerResponse
  /** When the request was sent, or where there is an answer had arrived, in microseconds of virtual time. */
  arrived: number
}

/** Microseconds after which a sender gives up. */
const patience = 10_000_000

/** Carries requests between names. Both directions of a pair of names have weather of their own. */
export class SimNetwork {
  /** Says which answers are kept from whom: they become 404. */
  withheld: (from: string, to: string, path: string) => boolean = () => false
  tap: Tap = () => {}
  private readonly scheduler: Scheduler
  private readonly random: SeededRandom
  private readonly stations = new Map<string, Station>()
  private readonly weather = new Map<string, Weather>()

  constructor(scheduler: Scheduler, random: SeededRandom) {
    this.scheduler = scheduler
    this.random = random
  }

  attach(name: string, station: Station): void {
    this.stations.set(name, station)
  }

  setWeather(from: string, to: string, weather: Partial<Weather>): void {
    this.weather.set(`${from} ${to}`, { ...this.between(from, to), ...weather })
  }

  /** The same for both directions. */
  setBoth(one: string, other: string, weather: Partial<Weather>): void {
    this.setWeather(one, other, weather)
    this.setWeather(other, one, weather)
  }

  clear(from: string, to: string): void {
    this.weather.delete(`${from} ${to}`)
  }

  heal(): void {
    this.weather.clear()
    this.withheld = () => false
  }

  /** The way from `from` in its present life to `to` in whatever life it has when a request arrives. */
  dial(from: string, life: Life, to: string): Exchange {
    return {
      request: (request, { maxBytes, signal }) =>
        new Promise((resolve, reject) => {
          if (life.over) return
          const fail = (why: string) => {
            hangUp()
            reject(new Unreachable(`${to}: ${why}`))
          }
          const given = () => fail('given up')
          const late = () => fail('no answer in time')
          const cancel = this.scheduler.plan(patience, `${from} gives up ${to}`, late, life)
          const hangUp = () => {
            cancel()
            signal?.removeEventListener('abort', given)
          }
          if (signal?.aborted) return given()
          signal?.addEventListener('abort', given)
          this.send({ from, life, to }, copyOf(request), (response) => {
            if (!response) return fail('the connection ended')
            if (response.body.length > maxBytes) return fail(`more than ${maxBytes} bytes`)
            hangUp()
            resolve(response)
          })
        }),
    }
  }

  private send(way: Way, request: PeerRequest, answer: (response: PeerResponse | null) => void): void {
    const { from, to } = way
    this.tap({ from, to, request, arrived: this.scheduler.time })
    const weather = this.between(from, to)
    if (weather.refused) {
      this.scheduler.plan(weather.most, `${from} > ${to} refused`, () => answer(null), way.life)
      return
    }
    if (weather.blocked || this.random.chance(weather.lost)) return
    const arrive = (delay: number, tell: (response: PeerResponse | null) => void) =>
      this.scheduler.plan(delay, `${from} > ${to} ${request.method} ${request.path}`, () =>
        this.deliver(way, request, tell),
      )
    arrive(this.random.between(weather.least, weather.most), answer)
    if (this.random.chance(weather.doubled)) arrive(this.random.below(5_000_000), () => {})
  }

  private deliver(way: Way, request: PeerRequest, tell: (response: PeerResponse | null) => void): void {
    const { from, life, to } = way
    const station = this.stations.get(to)
    const weather = this.between(from, to)
    if (weather.blocked) return
    const back = this.between(to, from)
    const reply = (response: PeerResponse | null) => {
      if (back.blocked || this.random.chance(back.lost)) return
      const damaged = response && { ...response, body: this.weathered(response.body, back) }
      const delay = this.random.between(back.least, back.most)
      this.scheduler.plan(
        delay,
        `${to} > ${from} ${response?.status} ${request.path}`,
        () => tell(damaged),
        life,
      )
    }
    if (!station || station.life.over) {
      reply(null)
      return
    }
    if (this.withheld(from, to, request.path)) {
      reply({ status: 404, type: 'text/plain', body: Buffer.alloc(0) })
      return
    }
    const arrived = this.scheduler.time
    const seen = request.body ? { ...request, body: this.weathered(request.body, weather) } : request
    station.handle(seen, from).then(
      (response) => {
        // A crash in the same moment took the answer with it.
        if (station.life.over) return reply(null)
        this.tap({ from, to, request, response, arrived })
        reply(response)
      },
      (cause) => {
        if (!station.life.over) throw cause
      },
    )
  }

  private between(from: string, to: string): Weather {
    return this.weather.get(`${from} ${to}`) ?? fairWeather
  }

  private weathered(body: Uint8Array, weather: Weather): Uint8Array {
    const bytes = Buffer.from(body)
    if (bytes.length > 0 && this.random.chance(weather.corrupted)) {
      const at = this.random.below(bytes.length)
      bytes[at] = bytes[at]! ^ (1 + this.random.below(255))
    }
    return bytes
  }
}

interface Way {
  from: string
  life: Life
  to: string
}

function copyOf(request: PeerRequest): PeerRequest {
  return request.body ? { ...request, body: Buffer.from(request.body) } : request
}

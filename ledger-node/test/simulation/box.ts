import type { OwnLog } from '../../src/log/own-log.ts'
import { createNode, type LedgerNode, type NodeSettings } from '../../src/node.ts'
import type { Card } from '../../src/peers/card.ts'
import type { Exchange, PeerRequest, PeerResponse } from '../../src/peers/exchange.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { fromBox } from '../../src/peers/resources.ts'
import { parseCheckpoint, parseNote } from './honest.ts'
import type { SeededRandom } from './random.ts'
import { type Life, type Scheduler, SimClock } from './scheduler.ts'
import { SimDisk } from './sim-disk.ts'
import type { SimNetwork } from './sim-network.ts'

/** Stands between what arrives and the node: how a box that lies does so. */
export type Wrapper = (
  request: PeerRequest,
  from: string,
  next: () => Promise<PeerResponse>,
) => Promise<PeerResponse>

export interface BoxWorld {
  scheduler: Scheduler
  network: SimNetwork
  /** The id by which `box` knows whoever has this name; null for a stranger. */
  idOf: (name: string) => string | null
  /** Name of the machine that answers when `box` calls the peer of this name. */
  route: (box: Box, name: string) => string
  /** Told when a node has started, and that one could not. */
  started: (box: Box) => void
  failed: (box: Box, cause: unknown) => void
  blame: (invariant: string, sentence: string) => void
}

/** Milliseconds after which a node that ended is started again. */
const restartMs = 1500

/** One machine with its disk, and the node that runs on it while it is up. */
export class Box {
  readonly name: string
  readonly disk: SimDisk
  readonly settings: NodeSettings
  /** Keeps to the protocol; what a box does that does not is nobody's fault but its own. */
  honest = true
  wrapper: Wrapper | null = null
  node: LedgerNode | null = null
  /** Since when its log is held, in virtual microseconds, and the largest checkpoint that may have left before. */
  held: { since: number; origin: string; size: number } | null = null
  /** Nobody asks it to append. */
  quiet = false
  /** When it was last set back to an earlier time, in virtual microseconds. */
  restoredAt: number | null = null
  /** From then until its log goes on. */
  recovering = false
  /** A sync may have failed since it was last without power: what is on its disk is not what it shows. */
  doubtful = false
  /** Milliseconds by which its clock is wrong. */
  skew = 0
  private life: Life = { over: true }
  private clock: SimClock | null = null
  private starts = 0
  private readonly world: BoxWorld
  private readonly random: SeededRandom

  constructor(name: string, world: BoxWorld, random: SeededRandom, settings: NodeSettings) {
    this.name = name
    this.world = world
    this.random = random
    this.settings = settings
    this.disk = new SimDisk(world.scheduler, name, random.fork('disk'))
  }

  get up(): boolean {
    return this.node !== null
  }

  get running(): boolean {
    return !this.life.over
  }

  card(): Card {
    return this.node!.card(this.name, [`http://${this.name}`])
  }

  /** Starts the node; tries again for as long as it cannot start and nobody has taken the machine down. */
  start(): void {
    if (!this.life.over) return
    const life: Life = { over: false }
    const before = this.publishedSizes()
    this.life = life
    this.starts++
    const random = this.random.fork(`start ${this.starts}`)
    this.clock = new SimClock(this.world.scheduler, this.name, life, this.skew)
    this.world.network.attach(this.name, { life, handle: (request, from) => this.handle(request, from) })
    const parts = {
      disk: this.disk.boot(life),
      clock: this.clock,
      random: (count: number) => random.bytes(count),
      dial: ({ name }: { name: string }) => this.dial(life, name),
      notice: (sentence: string) => {
        if (!life.over) this.world.scheduler.remark(`${this.name}: ${sentence}`)
      },
    }
    createNode(parts, this.settings).then(
      (node) => {
        if (!life.over) this.begin(node, life, before)
      },
      (cause) => {
        if (life.over) return
        this.disk.kill(life)
        this.world.failed(this, cause)
        this.startIn(restartMs)
      },
    )
  }

  /** The process ends; what it wrote may still be seen by the next. */
  kill(): void {
    this.end()
    this.disk.kill(this.life)
  }

  powerCut(): void {
    this.end()
    this.doubtful = false
    this.disk.failingSyncs = 0
    this.disk.powerCut(this.life)
  }

  /** Power or process fails, and somebody starts it again. A machine that is down already stays so. */
  crash(what: 'power' | 'process', random: SeededRandom): void {
    if (this.life.over) return
    if (what === 'power') this.powerCut()
    else this.kill()
    this.startIn(random.between(200, 8000))
  }

  /** The same at one of the changes to its disk that follow: before it, while it goes on, or after it. */
  crashAfter(changes: number, what: 'power' | 'process', random: SeededRandom): void {
    const at = random.chance(0.5) ? 0 : random.between(1, 4000)
    this.disk.countdown = changes
    this.disk.onCountdown = () => {
      const { life } = this
      const fail = () => {
        if (this.life === life) this.crash(what, random)
      }
      if (at === 0) fail()
      else this.world.scheduler.plan(at, `${this.name} fails at a write`, fail)
    }
  }

  startIn(ms: number): void {
    this.world.scheduler.plan(ms * 1000, `${this.name} is started`, () => this.start())
  }

  makeRoom(): void {
    this.disk.spare = Number.POSITIVE_INFINITY
  }

  /** Ends as an administrator ends it. */
  async stop(): Promise<void> {
    const { node, life } = this
    await node?.close()
    if (!life.over) this.kill()
  }

  setSkew(ms: number): void {
    this.skew = ms
    if (this.clock) this.clock.skew = ms
  }

  /** What anybody may ask the node; asked by the judges, outside the network. */
  ask(path: string): Promise<PeerResponse> {
    return this.node!.handle({ method: 'GET', path }, fromBox)
  }

  /** Folder of its log of this generation. */
  folderOf(origin: string): string {
    const generation = origin.split('/').at(-1)
    return generation === '1' ? this.settings.data : `${this.settings.data}/generations/${generation}`
  }

  private end(): void {
    this.node = null
    this.held = null
    this.life.over = true
  }

  /** @param before sizes of the checkpoints that were on its disk when it was started */
  private begin(node: LedgerNode, life: Life, before: ReadonlyMap<string, number>): void {
    this.node = node
    const follow = (log: OwnLog, atStart: boolean) => {
      if (life.over || log !== node.log) return
      const { origin, standing, published, marker } = log
      if (standing.state === 'open') this.recovering = false
      if (standing.state !== 'held') this.held = null
      else if (!this.held) {
        // A log that is held from its start on has signed nothing since; of one that is not, something may be on its way.
        const size = atStart ? (before.get(origin) ?? 0) : Math.max(published?.size ?? 0, marker?.size ?? 0)
        this.held = { since: this.world.scheduler.time, origin, size }
      }
      if (this.honest && this.held && (published?.size ?? 0) > this.held.size)
        this.world.blame(
          'a held box signs nothing',
          `${this.name} published ${published?.size} entries while held at ${this.held.size}`,
        )
    }
    const listen = (log: OwnLog, atStart: boolean) => {
      follow(log, atStart)
      log.onStanding(() => follow(log, false))
      log.onPublished(() => follow(log, false))
    }
    listen(node.log, true)
    node.box.onSuccessor((log) => listen(log, false))
    this.world.started(this)
  }

  /** Of the checkpoints on its disk, by origin. */
  private publishedSizes(): Map<string, number> {
    const { tree } = this.disk
    const { data } = this.settings
    const later = [...(tree.folderAt(`${data}/generations`)?.seen.keys() ?? [])]
    const notes = [data, ...later.map((name) => `${data}/generations/${name}`)].flatMap(
      (folder) => tree.fileAt(`${folder}/checkpoint`)?.seen.copy().toString() ?? [],
    )
    return new Map(
      notes.map((note) => {
        const { origin, size } = parseCheckpoint(parseNote(note).text)
        return [origin, Number(size)]
      }),
    )
  }

  private dial(life: Life, name: string): Exchange {
    const { network, route } = this.world
    return {
      request: (request, limits) => network.dial(this.name, life, route(this, name)).request(request, limits),
    }
  }

  private handle(request: PeerRequest, from: string): Promise<PeerResponse> {
    const { node } = this
    if (!node) return Promise.resolve({ status: 503, type: 'text/plain', body: Buffer.from('starting\n') })
    const next = () => node.handle(request, this.world.idOf(from))
    return this.wrapper ? this.wrapper(request, from, next) : next()
  }
}

export const idOfCard = (card: Card) => originHash(card.log.name)

import type { NodeSettings } from '../../src/node.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { Box } from './box.ts'
import { Evidence } from './evidence.ts'
import { History, readEntries } from './history.ts'
import { SeededRandom } from './random.ts'
import { Scheduler, type Uncaught } from './scheduler.ts'
import { SimNetwork } from './sim-network.ts'
import type { Trace } from './trace.ts'

/** An entry that a box said it holds. */
export interface Acknowledged {
  box: Box
  origin: string
  commitment: string
  index: number
  /** Why it may be lost all the same; null when it must not (judge.ts says the rule). */
  exempt: string | null
}

/** An invariant does not hold. */
export class Broken extends Error {
  readonly invariant: string

  constructor(invariant: string, sentence: string) {
    super(sentence)
    this.name = 'Broken'
    this.invariant = invariant
  }
}

export const second = 1_000_000

/** Boxes that are peers of each other, what they were asked to append, and everything that is known of them. */
export class World {
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly evidence = new Evidence()
  readonly boxes: Box[] = []
  readonly acknowledged: Acknowledged[] = []
  /** By origin: all histories that were ever on a disk. */
  readonly histories = new Map<string, History[]>()
  /** Boxes that lost the folder which no backup holds, by the origin whose past they may have forgotten. */
  readonly forgetful = new Set<string>()
  appends = 0
  /** From here on nothing is broken any more: what cannot start now is in error. */
  healed = false
  broken: Broken | Uncaught | null = null
  /** Name of the machine that answers a box that calls another; a box with a double has two. */
  route: (box: Box, name: string) => string = (_box, name) => name
  private readonly seen = new Map<string, History>()
  private readonly ids = new Map<string, string>()
  private readonly names = new Map<string, string>()

  constructor(seed: number, trace: Trace) {
    this.random = new SeededRandom(seed)
    this.scheduler = new Scheduler(trace)
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'))
  }

  get honest(): Box[] {
    return this.boxes.filter((box) => box.honest)
  }

  /** @param identity the box whose name it answers to; its own where it is no double */
  addBox(name: string, settings: NodeSettings, identity = name): Box {
    const world = {
      scheduler: this.scheduler,
      network: this.network,
      idOf: (from: string) => this.ids.get(this.identityOf(from)) ?? null,
      route: (box: Box, to: string) => this.route(box, to),
      started: (box: Box) => this.met(box),
      failed: (box: Box, cause: unknown) => this.cannotStart(box, cause),
      blame: (invariant: string, sentence: string) => this.blame(invariant, sentence),
    }
    const box = new Box(name, world, this.random.fork(name), settings)
    this.names.set(name, identity)
    this.boxes.push(box)
    return box
  }

  /** Name of the box that a machine is, or pretends to be. */
  identityOf(name: string): string {
    return this.names.get(name) ?? name
  }

  /** Lets virtual time run for so many microseconds, or until `done`. @throws Broken, Uncaught */
  async run(microseconds: number, done: () => boolean = () => false): Promise<void> {
    const { scheduler } = this
    await scheduler.run(scheduler.time + microseconds, () => this.broken !== null || done())
    if (this.broken) throw this.broken
  }

  /** Waits for `work`, which lives in virtual time. */
  async wait<T>(work: Promise<T>, what: string, microseconds = 600 * second): Promise<T> {
    let outcome: { value: T } | { error: unknown } | null = null
    work.then(
      (value) => {
        outcome = { value }
      },
      (error) => {
        outcome = { error }
      },
    )
    await this.run(microseconds, () => outcome !== null)
    const settled = outcome as { value: T } | { error: unknown } | null
    if (!settled) throw new Broken('everything ends', `${what} does not end`)
    if ('error' in settled) throw settled.error
    return settled.value
  }

  /** The first thing that is wrong ends the run. */
  blame(invariant: string, sentence: string): void {
    this.broken ??= new Broken(invariant, sentence)
  }

  /**
   * Asks a box to append; a commitment that it acknowledged before has to have the same index again.
   * @param aloud also where the box is left in quiet
   */
  append(box: Box, commitment: string, { aloud = !box.quiet } = {}): void {
    const { node } = box
    this.appends++
    if (!node || !aloud) return
    const { origin } = node.log
    node.append({ type: 'answer', commitment }).then(
      (index) => {
        if (box.node !== node) return
        this.scheduler.remark(`${box.name} acknowledges ${commitment.slice(0, 8)} at ${index}`)
        this.acknowledge({ box, origin, commitment, index, exempt: null })
      },
      (cause) => {
        if (box.node !== node) return
        this.scheduler.remark(`${box.name} refuses ${commitment.slice(0, 8)}: ${String(cause)}`)
      },
    )
  }

  /** Keeps what is on the disk of a box now under its log: it is about to be lost, or judged. */
  capture(box: Box): void {
    for (const origin of this.originsOf(box)) {
      const file = box.disk.tree.durableBytes(`${box.folderOf(origin)}/entries`)
      const known = this.histories.get(origin) ?? []
      this.histories.set(origin, [...known, new History(file ? readEntries(file) : [], known.at(-1))])
    }
  }

  /** The history of a log that was last seen on the disk of a box: most of the next one. */
  lastHistory(box: Box, origin: string): History | undefined {
    return this.seen.get(`${box.name} ${origin}`)
  }

  remember(box: Box, origin: string, history: History): void {
    this.seen.set(`${box.name} ${origin}`, history)
  }

  /** Boxes, without the doubles of some. */
  get boxCount(): number {
    return this.boxes.filter((box) => !this.isDouble(box)).length
  }

  /** Origins under which a box has written. */
  originsOf(box: Box): string[] {
    const identity = this.identityOf(box.name)
    return this.evidence.known
      .filter((key) => key.kind === 'log' && key.box === identity)
      .map((key) => key.name)
  }

  /**
   * What administrators do: every box has the present card of every other. They come back until all have it, as
   * boxes are down and disks full.
   */
  exchangeCards(): void {
    // A box may have made a new key while it ran.
    for (const box of this.boxes) if (box.up) this.met(box)
    for (const box of this.boxes) for (const other of this.boxes) this.handOver(other, box)
  }

  /** Whether every box that is up has the present cards of all others that are. */
  get acquainted(): boolean {
    const up = this.boxes.filter((box) => box.up && !this.isDouble(box))
    return up.every((box) => up.every((other) => other === box || this.isKnown(other, box)))
  }

  private isDouble(box: Box): boolean {
    return this.identityOf(box.name) !== box.name
  }

  private isKnown(other: Box, to: Box): boolean {
    const known = to.node!.peers.active().find(({ name }) => name === other.name)
    const card = other.card()
    if (!known) return false
    return (
      known.log.publicKey.equals(card.log.publicKey) &&
      known.cosigner.publicKey.equals(card.cosigner.publicKey)
    )
  }

  private handOver(other: Box, to: Box): void {
    const strangers = this.identityOf(other.name) !== this.identityOf(to.name)
    if (!strangers || !other.up || !to.up || this.isDouble(other) || this.isKnown(other, to)) return
    to.node!.peers.add(other.card()).catch((cause) => {
      this.scheduler.remark(`${to.name} does not take the card of ${other.name}: ${String(cause)}`)
    })
  }

  private met(box: Box): void {
    const { log, cosigner } = box.card()
    const identity = this.identityOf(box.name)
    this.evidence.learn({ ...log, box: identity, kind: 'log' })
    this.evidence.learn({ ...cosigner, box: identity, kind: 'cosigner' })
    if (!this.isDouble(box)) this.ids.set(box.name, originHash(log.name))
  }

  private acknowledge(entry: Acknowledged): void {
    const before = this.acknowledged.find(
      (it) => it.box === entry.box && it.commitment === entry.commitment && it.exempt === null,
    )
    if (!before) this.acknowledged.push(entry)
    else if (before.origin === entry.origin && before.index !== entry.index)
      this.blame(
        'a commitment stands once',
        `${entry.box.name} has ${entry.commitment} at ${before.index} and at ${entry.index}`,
      )
  }

  private cannotStart(box: Box, cause: unknown): void {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    // Without the places in the source: a trace is the same wherever that lies.
    this.scheduler.remark(`${box.name} cannot start: ${said}`)
    const ofDisk = cause instanceof Error && 'code' in cause && ['ENOSPC', 'EIO'].includes(String(cause.code))
    const stack = cause instanceof Error ? cause.stack : said
    if (this.healed || !ofDisk) this.blame('every node starts again', `${box.name} cannot start: ${stack}`)
  }
}

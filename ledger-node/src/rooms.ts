import { join } from 'node:path'
import { makeFolderDurably } from './disk/durable.ts'
import type { HeldSide } from './forks/common-prefix.ts'
import { Desk } from './forks/desk.ts'
import { openForkFiles } from './forks/fork-files.ts'
import { publishSuccessions } from './forks/own-succession.ts'
import { PrefixFinder } from './forks/prefix-finder.ts'
import { openStatements, type Statements } from './forks/statements.ts'
import type { BoxLogs } from './log/box-logs.ts'
import { openBoxLogs } from './log/open-box-logs.ts'
import type { OwnLog } from './log/own-log.ts'
import type { NodeParts, NodeSettings } from './node.ts'
import { type VerifierKey, verifierOf } from './note/key.ts'
import { maxNoteBytes } from './note/note.ts'
import { parsePolicy } from './note/policy.ts'
import { Background } from './peers/background.ts'
import { Cosigners } from './peers/cosigners.ts'
import { FollowedLogs } from './peers/followed-logs.ts'
import { Gossip, noteRates } from './peers/gossip.ts'
import { Links } from './peers/links.ts'
import { originHash } from './peers/origin-hash.ts'
import { RateLimit } from './peers/rate.ts'
import { Recoveries } from './peers/recoveries.ts'
import { openRegistry, type Peer, type Registry } from './peers/registry.ts'
import { Resources } from './peers/resources.ts'
import { createRounds, type Rounds } from './peers/rounds.ts'
import { askable, listWitnesses, type WitnessList } from './peers/witness-list.ts'
import { createWitness, type Witness } from './witness/witness.ts'

/** The rooms of a running node, put together. */
export interface Rooms {
  box: BoxLogs
  registry: Registry
  followed: FollowedLogs
  witness: Witness
  desk: Desk
  rounds: Rounds
  recoveries: Recoveries
  resources: Resources
  links: Links
  cosigners: Cosigners
  list: () => WitnessList
  /** Takes up what has changed among peers and other logs. */
  peersChanged(): Promise<void>
  /** Asks a peer, or all, for everything. */
  sync(id?: string): Promise<void>
  /** Lets peers know of new logs of ours. */
  tellSuccessions(): Promise<void>
  close(): Promise<void>
}

/** @throws as `createNode` */
export async function openRooms(parts: NodeParts, settings: NodeSettings): Promise<Rooms> {
  const { disk, clock, notice } = parts
  const { data, local } = settings
  const given = settings.policy === undefined ? null : parsePolicy(settings.policy)
  await using opened = new AsyncDisposableStack()
  const box = opened.use(await openBoxLogs(parts, settings))
  for (const folder of ['mirrors', 'forks', 'unreconciled', 'statements'])
    await makeFolderDurably(disk, join(data, folder))
  await makeFolderDurably(disk, join(local, 'witness'))
  const ownKeys = () => [...box.logs.map(({ key }) => key), verifierOf(box.cosigner)]
  const registry = await openRegistry(disk, join(data, 'peers.json'), ownKeys)
  const files = await openForkFiles(disk, join(data, 'forks'))
  const background = new Background(clock, notice)
  const links = new Links(parts.dial, { clock, requestMs: settings.requestMs, signal: background.signal })
  const link = (peer: Peer) => links.to(peer)
  const ownLog = (id: string): OwnLog | null =>
    box.logs.find(({ origin }) => originHash(origin) === id) ?? null
  const ways = { link, dial: links.toStranger }
  // A key that was put away has another number behind the name of the box.
  const isOwn = ({ name, publicKey }: VerifierKey) =>
    publicKey.equals(box.cosigner.publicKey) || name.startsWith(`${box.host}/${box.box}/`)
  const list = () => listWitnesses(given, registry.peers, isOwn, ways)

  const followed: FollowedLogs = new FollowedLogs({
    disk,
    data,
    quotaBytes: settings.quotaBytesPerPeer,
    // Time for a log that submits what it publishes, and long enough for one that was away for a moment.
    patienceMs: 2 * settings.antiEntropyMs,
    registry,
    link,
    witnessed: (id) => witness.witnessed(id),
    hasForked: (id) => files.find(id) !== null,
    onFork: (proof, id) => desk.prove(proof, id),
    background,
    notice,
  })
  opened.use(followed)
  const desk: Desk = new Desk({
    files,
    followed: (id) => followed.find(id),
    own: ownLog,
    onStrange: (log, shown, because) => recoveries.strange(log, shown, because),
    onFork: (fork) => {
      notice(`The log ${fork.origin} has forked and is frozen.`)
      gossip.tell({ forks: [fork.id] })
      background.run('Common prefix', () => prefixes.measure(fork))
    },
  })
  const prefixes = new PrefixFinder({
    files,
    keyOf: (id) => ownLog(id)?.key ?? followed.find(id)?.key ?? null,
    held: (id) => sideOf(ownLog(id)) ?? followed.find(id)?.side ?? null,
    sources: (id) => followed.sources(id, ownLog(id)?.origin ?? followed.find(id)?.key.name ?? '', new Set()),
  })
  const statements: Statements = await openStatements({
    disk,
    folder: join(data, 'statements'),
    registry,
    hasForked: (id) => files.find(id) !== null,
    onReplaced: async (oldOrigin, newOrigin, id) => {
      notice(`${newOrigin} goes on in the place of ${oldOrigin}.`)
      await peersChanged()
      gossip.tell({ statements: [id] })
    },
  })
  const witness: Witness = createWitness({
    disk,
    folder: join(local, 'witness'),
    clock,
    signer: () => box.cosigner,
    logs: (id) => {
      const key = registry.cosignedKey(id)
      return key && [key]
    },
    known: (id) => {
      const key = registry.knownKey(id)
      return key && [key]
    },
    barrier: async (id, statement) => {
      const { standing } = box.current
      if (standing.state === 'held')
        return { status: 503, because: `nothing is cosigned here: ${standing.because}` }
      return desk.barrier(id, statement)
    },
    observe: (id, checkpoint, verdict) =>
      background.run('A checkpoint', () => desk.observeOpened(id, checkpoint, verdict)),
    notice,
  })
  opened.defer(() => witness.settled())
  const rates = new RateLimit(clock)
  const gossip: Gossip = new Gossip({
    peers: () => registry.active,
    link,
    message: () => ({
      notes: [...box.logs.slice(-2).flatMap(({ published }) => published?.note ?? []), ...followed.notes],
      forks: files.all.map(({ id }) => id),
      statements: statements.ids,
    }),
    observe: (note, by) => desk.observe(note, by),
    hears: (sender) =>
      rates.allows(`note ${sender}`, registry.find(sender) ? noteRates.peer : noteRates.stranger),
    wants: (kind, id) =>
      kind === 'fork'
        ? files.find(id) === null && (followed.find(id) ?? ownLog(id)) !== null
        : !statements.has(id),
    take: async (kind, id, bytes) =>
      (kind === 'fork' ? await desk.takeProof(id, bytes) : await statements.take(id, bytes)) === null,
    background,
  })
  const recoveries: Recoveries = new Recoveries({
    box,
    list,
    copies: (id) => followed.sources(id, '', new Set()).map(({ log }) => log),
    observe: (note) => desk.observe(note, null),
    onReleased: () => rounds.wake(),
    longestPauseMs: settings.antiEntropyMs,
    background,
    notice,
  })
  const rounds: Rounds = createRounds({
    log: () => (box.current.standing.state === 'held' ? null : box.current),
    witnesses: () => askable(list()),
    policy: () => list().policy,
    clock,
    background,
    onLarger: ({ exchange, prefix }) =>
      background.run('A larger checkpoint', async () => {
        const path = `${prefix}/${originHash(box.current.origin)}/checkpoint`
        const { status, body } = await exchange.request({ method: 'GET', path }, { maxBytes: maxNoteBytes })
        if (status === 200) await desk.observe(body, null)
      }),
  })
  const resources = new Resources({
    box,
    followed: (id) => followed.find(id),
    witness,
    gossip,
    forkProof: (id) => files.find(id)?.proof ?? null,
    statement: (id) => statements.read(id),
    isPeer: (from) => registry.find(from)?.paused === false,
    readers: settings.readers,
    rates,
    isClosed: () => background.stopped,
    notice,
  })

  async function peersChanged(): Promise<void> {
    links.keep(registry.peers)
    await statements.apply()
    await followed.refresh()
    rounds.wake()
    recoveries.wake()
  }

  async function tellSuccessions(): Promise<void> {
    const made = await publishSuccessions(disk, join(data, 'statements'), box, statements)
    if (made.length > 0) gossip.tell({ statements: made })
  }

  async function sync(id?: string): Promise<void> {
    const asked = registry.active.filter((peer) => id === undefined || peer.id === id)
    // Whoever cannot be reached has that in its state.
    await Promise.all(asked.map((peer) => gossip.ask(peer).catch(() => {})))
    await followed.settled()
  }

  // It ends with the log, which this box closes.
  function listen(log: OwnLog): void {
    log.onPublished(({ note }) => {
      gossip.tell({ notes: [note] })
      rounds.wake()
    })
  }

  // Before anything is closed nothing may be under way any more.
  opened.defer(() => background.close())
  await statements.apply()
  await followed.refresh()
  listen(box.current)
  opened.defer(
    box.onSuccessor((log) => {
      rounds.reset()
      listen(log)
      rounds.wake()
    }),
  )
  const review = async () => {
    gossip.forget()
    await followed.refresh()
    recoveries.wake()
    rounds.wake()
    await sync()
    await tellSuccessions()
    rounds.retry()
    await prefixes.measureAll()
  }
  background.run('The first look at peers', review)
  background.every(settings.antiEntropyMs, 'Anti-entropy', review)
  const stack = opened.move()
  const close = () => stack.disposeAsync()
  return {
    box,
    registry,
    followed,
    witness,
    desk,
    rounds,
    recoveries,
    resources,
    links,
    cosigners: new Cosigners(),
    list,
    peersChanged,
    sync,
    tellSuccessions,
    close,
  }
}

/** Our own log as far as its entries are durable. */
function sideOf(log: OwnLog | null): HeldSide | null {
  return log && { size: log.head.size, read: log.tree.hashes, rootAt: (size) => log.tree.rootAt(size) }
}

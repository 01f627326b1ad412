import { join } from 'node:path'
import { makeFolderDurably, replaceDurably } from '../disk/durable.ts'
import { writeJsonFile } from '../disk/json-file.ts'
import { commitTo } from '../kinds.ts'
import { formatVerifierKey, type SignerKey, verifierOf } from '../note/key.ts'
import { originHash } from '../peers/origin-hash.ts'
import { beginLog, splitOrigin } from './about.ts'
import type { BoxLogs, BoxPorts, BoxSettings, SuccessionSettings, Successor } from './box-logs.ts'
import type { NewEntry } from './encode-next.ts'
import { folderOf, type Generation, originOf, preparedAfter } from './generations.ts'
import { renewInstance } from './instance.ts'
import { makeLogKey, readLogKey, readOrMakeCosigner, retireCosigner } from './keys.ts'
import type { LogOnDisk } from './log-on-disk.ts'
import { openOwnLog } from './open-own-log.ts'
import type { OwnLog } from './own-log.ts'
import { markerPathOf } from './published.ts'

export interface BoxState {
  logs: LogOnDisk[]
  generations: Generation[]
  cosigner: SignerKey
  restored: string | null
}

export class BoxLogsOnDisk implements BoxLogs {
  readonly host: string
  readonly box: string
  readonly #ports: BoxPorts
  readonly #settings: BoxSettings
  readonly #state: BoxState
  readonly #opened: AsyncDisposableStack
  readonly #listeners = new Set<(log: OwnLog) => void>()
  /** One step towards another log at a time: two at once would make two keys for it. */
  #line: Promise<unknown> = Promise.resolve()

  constructor(
    ports: BoxPorts,
    settings: BoxSettings,
    name: { host: string; box: string },
    state: BoxState,
    opened: AsyncDisposableStack,
  ) {
    this.#ports = ports
    this.#settings = settings
    this.host = name.host
    this.box = name.box
    this.#state = state
    this.#opened = opened
  }

  get logs(): readonly OwnLog[] {
    return this.#state.logs
  }

  get current(): OwnLog {
    return this.#last
  }

  get restored(): string | null {
    return this.#state.restored
  }

  get cosigner(): SignerKey {
    return this.#state.cosigner
  }

  get #last(): LogOnDisk {
    return this.#state.logs.at(-1)!
  }

  async renewCosigner(): Promise<SignerKey> {
    const { disk, random } = this.#ports
    const { local } = this.#settings
    await retireCosigner(disk, local)
    this.#state.cosigner = await readOrMakeCosigner(disk, random, local, `${this.host}/${this.box}`)
    return this.#state.cosigner
  }

  prepareSuccessor(generation?: number): Promise<Successor> {
    return this.#inLine(() => this.#prepare(generation))
  }

  beginSuccessor(settings: SuccessionSettings = {}): Promise<OwnLog> {
    return this.#inLine(() => this.#begin(settings))
  }

  onSuccessor(listener: (log: OwnLog) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Finishes a succession that a crash cut short, and lets the current log publish. */
  async begin(): Promise<void> {
    if (this.#last.successor !== null) await this.#succeed()
    else this.#last.begin()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync()
  }

  async #prepare(generation?: number): Promise<Successor> {
    const { disk, random } = this.#ports
    const { data } = this.#settings
    const { number } = this.#state.generations.at(-1)!
    const prepared = await preparedAfter(disk, data, number)
    if (prepared !== null) return this.#successor(prepared)
    const next = generation ?? number + 1
    if (!(Number.isSafeInteger(next) && next > number && next < 1e9))
      throw new RangeError(`the next log id has a number above ${number}`)
    await makeFolderDurably(disk, join(data, 'generations'))
    await makeFolderDurably(disk, folderOf(data, next))
    await makeLogKey(disk, random, folderOf(data, next), originOf(this.host, this.box, next))
    return this.#successor(next)
  }

  async #begin(settings: SuccessionSettings): Promise<OwnLog> {
    const { disk } = this.#ports
    const statements = join(this.#settings.data, 'statements')
    const { origin, key } = await this.#prepare()
    const old = this.#last
    if (old.successor === null) {
      await makeFolderDurably(disk, statements)
      const path = join(statements, originHash(origin))
      if (settings.statement !== undefined) await replaceDurably(disk, `${path}.note`, settings.statement)
      const last = old.standing.state === 'open' ? await this.#endorse(`${path}.json`, origin, key) : null
      await old.supersede(origin, last)
    }
    await this.#succeed()
    return this.#last
  }

  /** Keeps content and salt of the entry that endorses a key before the entry is anywhere. */
  async #endorse(path: string, origin: string, key: Successor['key']): Promise<NewEntry> {
    const at = new Date(this.#ports.clock.now()).toISOString()
    const content = { origin, key: formatVerifierKey(key), at }
    const { canonical, salt, commitment } = commitTo('log-succeeded', content)
    await writeJsonFile(this.#ports.disk, path, {
      format: 'tanbox-succession@1',
      from: this.current.origin,
      commitment,
      content: canonical,
      salt,
    })
    return { type: 'log-succeeded', commitment }
  }

  /** The old log gets its last entry, and the one that it names begins. */
  async #succeed(): Promise<void> {
    const { disk, clock, random } = this.#ports
    const { data, local, publishEveryMs } = this.#settings
    const old = this.#last
    await old.finish()
    const origin = old.successor!
    const { generation: number } = splitOrigin(origin)
    const folder = folderOf(data, number)
    const signer = await readLogKey(disk, folder, origin)
    if (!signer) throw new Error(`the key of ${origin} is gone from ${folder}`)
    await beginLog(disk, clock, folder, origin)
    const log = await openOwnLog(this.#ports, {
      folder,
      markerPath: markerPathOf(local, origin),
      signer,
      publishEveryMs,
      onRelease: () => renewInstance(disk, random, data, local),
    })
    this.#state.generations.push({ number, folder, origin })
    this.#state.logs.push(this.#opened.use(log))
    for (const listener of this.#listeners) listener(log)
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#line.then(work)
    this.#line = mine.catch(() => {})
    return mine
  }

  async #successor(generation: number): Promise<Successor> {
    const origin = originOf(this.host, this.box, generation)
    const key = await readLogKey(this.#ports.disk, folderOf(this.#settings.data, generation), origin)
    return { origin, key: verifierOf(key!) }
  }
}

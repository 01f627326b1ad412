import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { Disk } from '../../src/disk/disk.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { createNode, type LedgerNode, type NodeSettings } from '../../src/node.ts'
import { type Exchange, type PeerRequest, type PeerResponse, Unreachable } from '../../src/peers/exchange.ts'
import { originHash } from '../../src/peers/origin-hash.ts'

/** What happens to a request on its way; the answer is what the peer gives, or what `change` makes of it. */
export type Way = (
  from: number,
  to: number,
  request: PeerRequest,
  ask: () => Promise<PeerResponse>,
) => Promise<PeerResponse>

/** Boxes on real folders that reach each other by calling. */
export class Village {
  readonly nodes: (LedgerNode | null)[] = []
  readonly said: string[][] = []
  readonly #t: Test
  readonly #folder: string
  /** Who answers in the place of a node. */
  readonly strangers = new Map<number, (from: number, request: PeerRequest) => Promise<PeerResponse>>()
  way: Way = (_from, _to, _request, ask) => ask()
  disk: (box: number) => Disk = () => fileDisk
  settings: Partial<NodeSettings> = {}
  clock: Clock = systemClock

  constructor(t: Test) {
    this.#t = t
    this.#folder = mkdtempSync(join(tmpdir(), 'village-'))
    t.teardown(async () => {
      await Promise.all(this.nodes.map((node) => node?.close()))
      rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  data(box: number): string {
    return join(this.#folder, `${box}`)
  }

  local(box: number): string {
    return join(this.#folder, `${box}.local`)
  }

  id(box: number): string {
    return originHash(this.node(box).log.origin)
  }

  node(box: number): LedgerNode {
    return this.nodes[box]!
  }

  async start(box: number): Promise<LedgerNode> {
    this.said[box] ??= []
    const seeds = createHash('sha256').update(`box ${box}`)
    let drawn = 0
    const node = await createNode(
      {
        disk: this.disk(box),
        clock: this.clock,
        random: (count) => {
          const bytes: Buffer[] = []
          while (bytes.length * 32 < count)
            bytes.push(seeds.copy().update(`${process.hrtime.bigint()} ${drawn++}`).digest())
          return Buffer.concat(bytes).subarray(0, count)
        },
        dial: (peer) => this.#exchange(box, peer.urls[0]!),
        notice: (sentence) => void this.said[box]!.push(sentence),
      },
      {
        data: this.data(box),
        local: this.local(box),
        host: `box${box}.test`,
        publishEveryMs: 20,
        antiEntropyMs: 200,
        requestMs: 2000,
        readers: 'public',
        quotaBytesPerPeer: 1 << 30,
        ...this.settings,
      },
    )
    this.nodes[box] = node
    return node
  }

  async stop(box: number): Promise<void> {
    const node = this.nodes[box]
    this.nodes[box] = null
    await node?.close()
  }

  /** Starts so many boxes that know each other. */
  async found(count: number): Promise<this> {
    for (let box = 0; box < count; box++) await this.start(box)
    for (let one = 0; one < count; one++)
      for (let other = 0; other < count; other++) if (one !== other) await this.introduce(one, other)
    return this
  }

  /** Box `one` gets the card of `other`. */
  async introduce(one: number, other: number): Promise<void> {
    await this.node(one).peers.add(this.node(other).card(`box ${other}`, [`http://${other}.test`]))
  }

  async append(box: number, count: number, text = 'entry'): Promise<void> {
    const entries = Array.from({ length: count }, (_, at) => ({
      type: 'answer',
      commitment: createHash('sha256').update(`${text} ${box} ${at}`).digest('hex'),
    }))
    await Promise.all(entries.map((entry) => this.node(box).append(entry)))
  }

  /** Asks until it is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, ms = 8000): Promise<void> {
    const end = Date.now() + ms
    while (!(await isSo())) {
      if (Date.now() > end) return void this.#t.fail(`in time: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    this.#t.pass(what)
  }

  #exchange(from: number, url: string): Exchange {
    const to = Number(new URL(url).hostname.split('.')[0])
    return {
      request: async (request) => {
        const ask = async () => {
          const stranger = this.strangers.get(to)
          if (stranger) return stranger(from, request)
          const node = this.nodes[to]
          const sender = this.nodes[from]
          if (!node || !sender) throw new Unreachable('it is down')
          return node.handle(request, originHash(sender.log.origin))
        }
        await new Promise(setImmediate)
        return this.way(from, to, request, ask)
      },
    }
  }
}

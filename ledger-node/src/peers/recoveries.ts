import type { SignedNote } from '../forks/signed-note.ts'
import type { BoxLogs } from '../log/box-logs.ts'
import type { OwnLog } from '../log/own-log.ts'
import type { Background } from './background.ts'
import { originHash } from './origin-hash.ts'
import { Recovery } from './recovery.ts'
import type { RemoteLog } from './remote-log.ts'
import type { WitnessList } from './witness-list.ts'

export interface RecoveriesParts {
  box: BoxLogs
  list: () => WitnessList
  /** Copies of a log of ours, by its origin hash, at peers. */
  copies: (id: string) => readonly RemoteLog[]
  observe: (note: string) => Promise<unknown>
  /** The log goes on. */
  onReleased: () => void
  /** Milliseconds between two tries at most. */
  longestPauseMs: number
  background: Background
  notice: (sentence: string) => void
}

const firstPauseMs = 1000

/** Keeps a held log trying to go on, for as long as it is held. */
export class Recoveries {
  readonly #parts: RecoveriesParts
  #recovery: { log: OwnLog; recovery: Recovery } | null = null
  #holding: Promise<void> | null = null
  #running = false
  #because: string | null = null

  constructor(parts: RecoveriesParts) {
    this.#parts = parts
  }

  /** Why the log cannot go on yet; null while it is not held. */
  get because(): string | null {
    return this.#parts.box.current.standing.state === 'held' ? this.#because : null
  }

  /** Somebody shows a checkpoint of ours that the log does not have: nothing is signed any more before this ends. */
  async strange(log: OwnLog, shown: SignedNote, because: string): Promise<void> {
    const { box } = this.#parts
    if (log !== box.current || log.standing.state === 'closed') return
    this.#recoveryOf(log).show(shown)
    this.#holding ??= this.#hold(log, because).finally(() => {
      this.#holding = null
    })
    await this.#holding
    this.wake()
  }

  /** Starts trying, if there is reason to. */
  wake(): void {
    const { box, background } = this.#parts
    if (this.#running || box.current.standing.state !== 'held') return
    this.#running = true
    background.run('Recovery', () =>
      this.#run().finally(() => {
        this.#running = false
      }),
    )
  }

  /** Whoever lost entries may have lost what it cosigned as well: the cosigner's key goes first. */
  async #hold(log: OwnLog, because: string): Promise<void> {
    if (log.standing.state !== 'open') return
    await this.#parts.box.renewCosigner()
    await log.hold(because)
    this.#parts.notice(`Nothing is signed or appended: ${because}.`)
  }

  async #run(): Promise<void> {
    const { box, background, notice, onReleased, longestPauseMs } = this.#parts
    for (let pause = firstPauseMs; !background.stopped; pause = Math.min(longestPauseMs, pause * 2)) {
      const log = box.current
      if (log.standing.state !== 'held') return
      const outcome = await this.#recoveryOf(log)
        .attempt()
        .catch(
          (error: unknown) =>
            ({ released: false, because: error instanceof Error ? error.message : String(error) }) as const,
        )
      if (outcome.released) {
        notice(
          'Enough peers have answered: the log goes on. This box cosigns with a new key: give its card to the peers.',
        )
        return onReleased()
      }
      if (outcome.because !== this.#because) notice(`The log cannot go on yet: ${outcome.because}.`)
      this.#because = outcome.because
      await background.pause(pause)
    }
  }

  #recoveryOf(log: OwnLog): Recovery {
    if (this.#recovery?.log === log) return this.#recovery.recovery
    const { list, copies, observe, notice } = this.#parts
    const id = originHash(log.origin)
    const recovery = new Recovery({ log, id, list, copies: () => copies(id), observe, notice })
    this.#recovery = { log, recovery }
    return recovery
  }
}

import { availableParallelism } from 'node:os'
import { TanboxError } from '../errors.ts'
import type { FileType, ParsedDocument } from '../model.ts'
import { defaultLimits, type ParseLimits } from './parser.ts'
import { type ParseProcess, type ProcessLimits, type RunOptions, startParseProcess } from './process.ts'

/** Reads files of any known type in child processes (DESIGN rule 4). */
export interface ParsePool {
  /**
   * Rejects with a TanboxError of a `file-…` code, or with the signal's reason. Calls beyond the number of
   * processes wait their turn.
   */
  parse(file: ParseFile, options?: RunOptions): Promise<ParsedDocument>
  /** Ends all children; calls under way reject. */
  close(): Promise<void>
}

export interface ParseFile {
  /** Where the bytes lie now; the child only reads. */
  path: string
  /** The name its owner knows it by. */
  name: string
  type: FileType
}

export interface PoolSettings extends ProcessLimits {
  /** Files read at the same time. */
  processes: number
  /** A child without work ends after this many milliseconds. */
  idleMs: number
  /** A child that still holds more resident bytes than this after a file is replaced. */
  recycleResident: number
  limits: ParseLimits
}

export const defaultPoolSettings: PoolSettings = {
  processes: Math.max(1, Math.min(4, availableParallelism() - 1)),
  timeoutMs: 120_000,
  timeoutPerPageMs: 500,
  maxResident: 2 ** 30,
  sampleMs: 50,
  idleMs: 15_000,
  recycleResident: 400 * 2 ** 20,
  limits: defaultLimits,
}

export function createParsePool(settings: Partial<PoolSettings> = {}): ParsePool {
  const chosen = { ...defaultPoolSettings, ...settings }
  const closing = new AbortController()
  const seats: Seat[] = Array.from({ length: chosen.processes }, () => ({ process: null, timer: undefined }))
  const free = [...seats]
  const waiting: ((seat: Seat) => void)[] = []

  /** A seat with a living child if there is one, else any free one, else the next that becomes free. */
  function take(signal: AbortSignal): Promise<Seat> {
    signal.throwIfAborted()
    const warm = free.findIndex((seat) => seat.process?.alive)
    const [seat] = free.splice(Math.max(0, warm), 1)
    if (seat) {
      clearTimeout(seat.timer)
      return Promise.resolve(seat)
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.splice(waiting.indexOf(give), 1)
        reject(signal.reason)
      }
      const give = (next: Seat) => {
        signal.removeEventListener('abort', onAbort)
        resolve(next)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.push(give)
    })
  }

  function giveBack(seat: Seat): void {
    if (seat.process?.alive && seat.process.resident > chosen.recycleResident) void retire(seat)
    const next = waiting.shift()
    if (next) {
      next(seat)
      return
    }
    if (seat.process) {
      seat.timer = setTimeout(() => void retire(seat), chosen.idleMs)
      seat.timer.unref()
    }
    free.push(seat)
  }

  async function retire(seat: Seat): Promise<void> {
    const { process } = seat
    seat.process = null
    await process?.end()
  }

  return {
    async parse(file, options = {}) {
      const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal
      const seat = await take(signal)
      try {
        if (!seat.process?.alive) seat.process = startParseProcess(chosen)
        return await seat.process.parse({ ...file, limits: chosen.limits }, { ...options, signal })
      } finally {
        giveBack(seat)
      }
    },

    async close() {
      closing.abort(new TanboxError('shutting-down'))
      for (const seat of seats) clearTimeout(seat.timer)
      await Promise.all(seats.map(retire))
    },
  }
}

/** One of the pool's places for a child; empty until a file needs it. */
interface Seat {
  process: ParseProcess | null
  timer: NodeJS.Timeout | undefined
}

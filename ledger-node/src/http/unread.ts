import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isThisMachine } from './connections.ts'

/** Bytes of answers that their askers have not taken yet: of one network, and in all. */
export const unreadLimits = { ofOne: 16 << 20, all: 128 << 20 } as const
/** Bodies that are on their way here, the same; small ones are not counted. */
export const bodyLimits = { ofOne: 4 << 20, all: 64 << 20, small: 16 << 10 } as const
/** Requests of one connection that are worked on at a time, and that wait for it. */
export const pipelineLimits = { open: 4, waiting: 32 } as const

/** Keeps those who ask and do not read, or send and do not end, from filling the memory. */
export class Unread {
  readonly #limits: { ofOne: number; all: number }
  readonly #of = new Map<string, number>()
  #all = 0

  constructor(limits: { ofOne: number; all: number } = unreadLimits) {
    this.#limits = limits
  }

  /**
   * Whether so many bytes may be sent to somebody of this network now. What is larger than a share by itself may, when
   * nothing else of it is waiting. @returns what to call when they are gone, or null
   */
  take(network: string, bytes: number): (() => void) | null {
    const held = this.#of.get(network) ?? 0
    const isOver = held > 0 && !isThisMachine(network) && held + bytes > this.#limits.ofOne
    if (isOver || (this.#all > 0 && this.#all + bytes > this.#limits.all)) return null
    this.#of.set(network, held + bytes)
    this.#all += bytes
    let given = false
    return () => {
      if (given) return
      given = true
      this.#all -= bytes
      const left = (this.#of.get(network) ?? 0) - bytes
      if (left > 0) this.#of.set(network, left)
      else this.#of.delete(network)
    }
  }
}

interface Pipeline {
  open: number
  waiting: (() => void)[]
}

/** Requests of one connection that were sent without waiting for answers: a few are worked on at a time. */
export class Pipelines {
  readonly #of = new WeakMap<Socket, Pipeline>()

  /** Resolves when its turn has come; to false for one too many. `done` has to be called for each that had its turn. */
  async enter(socket: Socket): Promise<boolean> {
    const line = this.#of.get(socket) ?? { open: 0, waiting: [] }
    this.#of.set(socket, line)
    if (line.open < pipelineLimits.open) line.open += 1
    else if (line.waiting.length >= pipelineLimits.waiting) return false
    else await new Promise<void>((resolve) => line.waiting.push(resolve))
    return true
  }

  /** Hands the turn on. */
  done(socket: Socket): void {
    const line = this.#of.get(socket)
    const next = line?.waiting.shift()
    if (next) next()
    else if (line) line.open -= 1
  }
}

/**
 * Runs `run` once when an answer is over: sent, or its connection gone. An answer that waits behind others of its
 * connection is not told when that goes.
 */
export function whenOver(socket: Socket, answer: ServerResponse, run: () => void): void {
  if (socket.destroyed || answer.closed) {
    run()
    return
  }
  const over = () => {
    answer.off('close', over)
    socket.off('close', over)
    run()
  }
  // A few for each of the requests that are worked on.
  socket.setMaxListeners(8 * pipelineLimits.open)
  answer.once('close', over)
  socket.once('close', over)
}

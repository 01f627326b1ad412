import { type Exchange, type PeerRequest, type PeerResponse, Unreachable } from '../peers/exchange.ts'
import { type Frame, FrameError, frameLimits } from './frames.ts'
import type { Outlet } from './outlet.ts'
import { socketLimits } from './timing.ts'

export interface Asking extends Exchange {
  /** @throws FrameError */
  receive(frame: Extract<Frame, { kind: 'response' | 'response-data' }>): void
  /** The socket is gone: whoever waits is told. */
  end(reason: string): void
}

interface Open {
  maxBytes: number
  head: Extract<Frame, { kind: 'response' }> | null
  chunks: Buffer[]
  length: number
  settle: (outcome: PeerResponse | Unreachable) => void
  /** Something arrived. */
  heard: () => void
}

/** Our requests over a socket: at most 32 on their way, the others wait their turn. */
export function createAsking(outlet: Outlet, silenceMs: number): Asking {
  const open = new Map<number, Open>()
  const queue: (() => void)[] = []
  let ended: string | null = null
  let places = 0
  let last = 0

  /** Hands the place of a request on to the one that waits longest. */
  function release(): void {
    const next = queue.shift()
    if (next) next()
    else places -= 1
  }

  /** Resolves to whether a place was taken; the caller releases it. */
  function turn(signal: AbortSignal | undefined): Promise<boolean> {
    if (places < socketLimits.inFlight) {
      places += 1
      return Promise.resolve(true)
    }
    if (queue.length >= socketLimits.waiting) throw new Unreachable('too many requests wait for this peer')
    return new Promise((resolve) => {
      const begin = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve(true)
      }
      const giveUp = () => {
        queue.splice(queue.indexOf(begin), 1)
        resolve(false)
      }
      queue.push(begin)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  function start(
    request: PeerRequest,
    maxBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<PeerResponse> {
    last = (last % 0xffff_ffff) + 1
    const id = last
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout
      const settle = (outcome: PeerResponse | Unreachable) => {
        if (!open.has(id)) return
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        open.delete(id)
        if (!(outcome instanceof Unreachable)) return resolve(outcome)
        if (ended === null) void outlet.send({ kind: 'cancel', id })
        reject(outcome)
      }
      const giveUp = () => settle(new Unreachable('given up'))
      const heard = () => {
        clearTimeout(timer)
        timer = setTimeout(() => settle(new Unreachable('the peer did not answer in time')), silenceMs)
        timer.unref()
      }
      open.set(id, { maxBytes, head: null, chunks: [], length: 0, settle, heard })
      heard()
      signal?.addEventListener('abort', giveUp)
      void send(id, request)
    })
  }

  async function send(id: number, { method, path, body }: PeerRequest): Promise<void> {
    const bytes = body ?? Buffer.alloc(0)
    await outlet.send({ kind: 'request', id, method, path, length: bytes.length })
    await outlet.sendBody('request-data', id, bytes, () => open.has(id))
  }

  return {
    async request(request, { maxBytes, signal }) {
      const tooLarge = (request.body?.length ?? 0) > frameLimits.requestBytes
      if (tooLarge) throw new Unreachable(`a request has at most ${frameLimits.requestBytes} bytes`)
      if (signal?.aborted || !(await turn(signal))) throw new Unreachable('given up')
      try {
        if (ended !== null) throw new Unreachable(ended)
        return await start(request, maxBytes, signal)
      } finally {
        release()
      }
    },

    receive(frame) {
      // An answer to what was given up may be on its way still.
      const asked = open.get(frame.id)
      if (!asked) return
      asked.heard()
      if (frame.kind === 'response') {
        if (asked.head) throw new FrameError('a second answer to one request')
        if (frame.length > asked.maxBytes)
          return asked.settle(new Unreachable(`the answer has more than ${asked.maxBytes} bytes`))
        asked.head = frame
      } else {
        asked.length += frame.bytes.length
        if (!asked.head || asked.length > asked.head.length) throw new FrameError('data beyond an answer')
        asked.chunks.push(frame.bytes)
      }
      if (asked.length < asked.head.length) return
      const { status, type, immutable } = asked.head
      asked.settle({ status, type, body: Buffer.concat(asked.chunks), ...(immutable && { immutable }) })
    },

    end(reason) {
      ended = reason
      for (const { settle } of [...open.values()]) settle(new Unreachable(reason))
      for (const go of queue.splice(0)) go()
    },
  }
}

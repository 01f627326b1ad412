import type { PeerRequest, PeerResponse } from '../peers/exchange.ts'
import { createAllowance } from './allowance.ts'
import { type Frame, FrameError } from './frames.ts'
import type { Outlet } from './outlet.ts'
import { socketLimits } from './timing.ts'

/** Answers what the other end asks. It does not throw: what goes wrong inside is an answer with status 500. */
export type Handle = (request: PeerRequest) => Promise<PeerResponse>

export interface Answering {
  /** @throws FrameError */
  receive(frame: Extract<Frame, { kind: 'request' | 'request-data' | 'cancel' }>): void
  /** The socket is gone. */
  end(): void
}

interface Asked {
  head: Extract<Frame, { kind: 'request' }>
  chunks: Buffer[]
  length: number
}

/** Requests of the other end: a few at a time, in the order in which they were whole, and no more than it reads. */
export function createAnswering(outlet: Outlet, handle: Handle): Answering {
  const asked = new Map<number, Asked>()
  const ready: Asked[] = []
  const allowance = createAllowance(socketLimits.requestsPerSecond, socketLimits.requestBurst)
  let bytes = 0
  let working = 0
  let pause: NodeJS.Timeout | undefined
  let over = false

  function take(frame: Extract<Frame, { kind: 'request' }>): Asked {
    if (asked.has(frame.id)) throw new FrameError('two requests with one number')
    if (asked.size >= socketLimits.mostUnanswered) throw new FrameError('too many requests at once')
    bytes += frame.length
    if (bytes > socketLimits.requestBytes) throw new FrameError('too many bytes of requests at once')
    const one: Asked = { head: frame, chunks: [], length: 0 }
    asked.set(frame.id, one)
    return one
  }

  function forget(one: Asked): void {
    if (asked.get(one.head.id) !== one) return
    asked.delete(one.head.id)
    bytes -= one.head.length
    const place = ready.indexOf(one)
    if (place >= 0) ready.splice(place, 1)
  }

  function pump(): void {
    clearTimeout(pause)
    while (!over && working < socketLimits.atOnce && ready.length > 0) {
      const waitMs = allowance.take(Date.now())
      if (waitMs > 0) {
        pause = setTimeout(pump, waitMs)
        return
      }
      working += 1
      void work(ready.shift()!).finally(() => {
        working -= 1
        pump()
      })
    }
  }

  async function work(one: Asked): Promise<void> {
    const { id, method, path } = one.head
    const wanted = () => !over && asked.get(id) === one
    if (!wanted()) return
    const response = await handle({
      method,
      path,
      ...(method === 'POST' && { body: Buffer.concat(one.chunks) }),
    })
    if (!wanted()) return
    const { status, type, body, immutable = false } = response
    await outlet.send({ kind: 'response', id, status, type, immutable, length: body.length })
    await outlet.sendBody('response-data', id, body, wanted)
    forget(one)
  }

  return {
    receive(frame) {
      // What was cancelled while its bytes were on their way is not known any more.
      const one = frame.kind === 'request' ? take(frame) : asked.get(frame.id)
      if (!one) return
      if (frame.kind === 'cancel') return forget(one)
      if (frame.kind === 'request-data') {
        one.length += frame.bytes.length
        if (one.length > one.head.length) throw new FrameError('data beyond a request')
        one.chunks.push(frame.bytes)
      }
      if (one.length < one.head.length) return
      ready.push(one)
      pump()
    },
    end() {
      over = true
      clearTimeout(pause)
      asked.clear()
      ready.length = 0
    },
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Outcome, Question } from './outcome.ts'

const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

/** Milliseconds of real time after which a run is taken for one that does not end. */
const patience = 180_000

/**
 * Runs seeds [from, until) in processes of their own, as many at once as asked for, and tells each outcome as it
 * comes. `stop` is asked before each seed is handed out.
 * @param planted name of a bug that the node is loaded with
 */
export async function runSeeds(order: {
  from: number
  until: number
  processes: number
  planted?: string
  aloud?: boolean
  tell: (outcome: Outcome) => void
  stop?: () => boolean
}): Promise<void> {
  let next = order.from
  const take = () => (next < order.until && !order.stop?.() ? next++ : null)
  const count = Math.min(order.processes, order.until - order.from)
  await Promise.all(Array.from({ length: count }, () => work(order, take)))
}

async function work(order: Parameters<typeof runSeeds>[0], take: () => number | null): Promise<void> {
  const child = fork(worker, order.planted === undefined ? [] : [order.planted])
  try {
    await answerOf<string>(child, 'its start')
    for (let seed = take(); seed !== null; seed = take()) {
      child.send({ seed, aloud: order.aloud ?? false } satisfies Question)
      order.tell(await answerOf<Outcome>(child, `seed ${seed}`))
    }
  } finally {
    child.kill('SIGKILL')
  }
}

function answerOf<T>(child: ChildProcess, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => fail(`ended with ${code}`)
    const late = setTimeout(() => fail(`took longer than ${patience / 1000} s`), patience)
    const heard = (message: unknown) => {
      done()
      resolve(message as T)
    }
    const done = () => {
      clearTimeout(late)
      child.off('exit', ended)
      child.off('message', heard)
    }
    const fail = (how: string) => {
      done()
      reject(new Error(`the process that simulates ${how} at ${what}`))
    }
    child.on('exit', ended)
    child.on('message', heard)
  })
}

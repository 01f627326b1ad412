/** Who is next at a target: a bounded number of turns at a time, the boxes one after another. */
import { askError } from '../errors.ts'

export interface FairQueueSettings {
  /** Turns at a time. */
  concurrency: number
  /** Questions that may wait, of all boxes and of one. */
  most: number
  mostPerBox: number
  /** A waiting question hears of its position when it has changed, at most this often. */
  tellEveryMs: number
}

export interface FairQueue {
  readonly running: number
  readonly waiting: number
  /** False when a question of the box would be refused: all places are taken, or all of the box. */
  room(box: string): 'free' | 'full' | 'box-full'
  /**
   * Resolves with the function that ends the turn, when it is the question's. Rejects with `queue-full`, with the
   * signal's reason, or with what `dismiss` was given. `told` hears the position (1: the next), at first at once.
   */
  enter(box: string, signal: AbortSignal, told: (position: number) => void): Promise<() => void>
  /** No turn begins before this moment (`performance.now`); those that are taken go on. */
  hold(until: number): void
  /** Sends away everyone who waits. */
  dismiss(reason: Error): void
  close(reason: Error): void
}

interface Waiting {
  box: string
  begin(): void
  refuse(reason: unknown): void
  told(position: number): void
  lastTold: number
  toldAt: number
}

/** A box that waits. Its questions have the places `place`, `place + 1`, … in the order in which they came. */
interface WaitingBox {
  place: number
  /** Decides between equal places. */
  order: number
  questions: Waiting[]
}

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) with every question counted as one. Each box has a place in a common
 * count of rounds: its first question stands in the present round, its next ones in the rounds after it, and the lowest
 * round is served. So boxes take turns, and a box that asks only when it has been answered gets as many turns as one that
 * keeps a hundred waiting: which a plain ring would not give it, because with a single slot it enters the ring one turn
 * too late each time. A box without questions keeps its place until the rounds have caught up with it: leaving and
 * coming back gains nothing.
 */
export function createFairQueue(settings: FairQueueSettings): FairQueue {
  const { concurrency } = settings
  const boxes = new Map<string, WaitingBox>()
  /** The round of the question served last. No waiting box has a lower one. */
  let round = 0
  /** The next round of boxes that were served in this one and do not wait. */
  const later = new Map<string, number>()
  let orders = 0
  let running = 0
  let waiting = 0
  let heldUntil = 0
  let holding: NodeJS.Timeout | undefined
  let telling: NodeJS.Timeout | undefined
  let closed: Error | null = null

  const placeOf = (box: string) => Math.max(round, later.get(box) ?? 0)

  /** The box was served in this round. */
  function advance(place: number): void {
    if (place === round) return
    round = place
    for (const [box, next] of later) if (next <= round) later.delete(box)
  }

  function serve(): void {
    while (waiting > 0 && running < concurrency) {
      const held = heldUntil - performance.now()
      if (held > 0) {
        holding ??= setTimeout(() => {
          holding = undefined
          serve()
        }, Math.ceil(held))
        return
      }
      const [box, first] = lowest()
      const question = first.questions.shift()!
      advance(first.place)
      first.place += 1
      if (first.questions.length === 0) {
        boxes.delete(box)
        later.set(box, first.place)
      }
      waiting -= 1
      running += 1
      question.begin()
    }
    if (waiting === 0) quiet()
  }

  function lowest(): [string, WaitingBox] {
    let best: [string, WaitingBox] | undefined
    for (const entry of boxes) if (!best || goesBefore(entry[1], 0, best[1], 0)) best = entry
    return best!
  }

  function wait(question: Waiting): void {
    const known = boxes.get(question.box)
    if (known) known.questions.push(question)
    else boxes.set(question.box, { place: placeOf(question.box), order: orders++, questions: [question] })
    later.delete(question.box)
    waiting += 1
  }

  function remove(question: Waiting): void {
    const box = boxes.get(question.box)
    const at = box?.questions.indexOf(question) ?? -1
    if (!box || at < 0) return
    box.questions.splice(at, 1)
    if (box.questions.length === 0) {
      boxes.delete(question.box)
      if (box.place > round) later.set(question.box, box.place)
    }
    waiting -= 1
    if (waiting === 0) quiet()
  }

  /** In the order in which they will be served, if nobody comes or goes. */
  function tellAll(): void {
    const all = [...boxes.values()].flatMap((box) =>
      box.questions.map((question, at) => ({ box, question, at })),
    )
    all.sort((a, b) => (goesBefore(a.box, a.at, b.box, b.at) ? -1 : 1))
    for (const [at, { question }] of all.entries()) tell(question, at + 1)
  }

  function positionOfLast(name: string): number {
    const own = boxes.get(name)!
    const last = own.questions.length - 1
    let position = own.questions.length
    for (const other of boxes.values()) {
      if (other === own) continue
      const earlier = own.place + last - other.place + (other.order < own.order ? 1 : 0)
      position += Math.min(other.questions.length, Math.max(0, earlier))
    }
    return position
  }

  function tell(question: Waiting, position: number): void {
    const now = performance.now()
    if (question.lastTold === position || now - question.toldAt < settings.tellEveryMs) return
    question.lastTold = position
    question.toldAt = now
    question.told(position)
  }

  function quiet(): void {
    clearInterval(telling)
    clearTimeout(holding)
    telling = undefined
    holding = undefined
  }

  function turnOf(): () => void {
    let taken = true
    return () => {
      if (!taken) return
      taken = false
      running -= 1
      if (running === 0 && waiting === 0) later.clear()
      serve()
    }
  }

  const room: FairQueue['room'] = (box) => {
    if ((boxes.get(box)?.questions.length ?? 0) >= settings.mostPerBox) return 'box-full'
    return waiting >= settings.most ? 'full' : 'free'
  }

  const dismiss = (reason: Error) => {
    const all = [...boxes.values()].flatMap(({ questions }) => questions)
    boxes.clear()
    waiting = 0
    quiet()
    for (const question of all) question.refuse(reason)
  }

  return {
    get running() {
      return running
    },
    get waiting() {
      return waiting
    },
    room,
    enter(box, signal, told) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (closed) return Promise.reject(closed)
      if (waiting === 0 && running < concurrency && performance.now() >= heldUntil) {
        running += 1
        const place = placeOf(box)
        advance(place)
        later.set(box, place + 1)
        return Promise.resolve(turnOf())
      }
      if (room(box) !== 'free') return Promise.reject(askError('queue-full'))
      return new Promise((resolve, reject) => {
        const leave = () => {
          remove(question)
          reject(signal.reason)
        }
        const question: Waiting = {
          box,
          told,
          lastTold: 0,
          toldAt: Number.NEGATIVE_INFINITY,
          begin() {
            signal.removeEventListener('abort', leave)
            resolve(turnOf())
          },
          refuse(reason) {
            signal.removeEventListener('abort', leave)
            reject(reason)
          },
        }
        signal.addEventListener('abort', leave, { once: true })
        wait(question)
        tell(question, positionOfLast(box))
        telling ??= setInterval(tellAll, settings.tellEveryMs)
        serve()
      })
    },
    hold(until) {
      heldUntil = Math.max(heldUntil, until)
    },
    dismiss,
    close(reason) {
      closed = reason
      dismiss(reason)
    },
  }
}

/** Whether the question at index `at` of a box is served before another one. */
function goesBefore(a: WaitingBox, atA: number, b: WaitingBox, atB: number): boolean {
  const difference = a.place + atA - b.place - atB
  return difference === 0 ? a.order < b.order : difference < 0
}

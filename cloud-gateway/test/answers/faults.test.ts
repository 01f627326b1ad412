/**
 * A seeded source of faults: the line is cut between any two messages, the box comes back with whatever it really has,
 * acknowledges late, the socket fills up, the accounts are away for a while; and still no text is lost or repeated and
 * everything is booked once. FAULT_SEEDS=from-to runs others than these.
 */
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { limits } from '../../src/protocol.ts'
import { type Copy, deskBench, deskBox, textOf } from '../support/desk-box.ts'
import { createRandom, type Random } from '../support/random.ts'
import type { Play } from '../support/scripted-router.ts'

interface Part {
  play: Play
  copy: Copy
  answer: string
  reasoning: string
  steps: number
  cancelled: boolean
}

const words = [
  '碳',
  '排放',
  ' 13.5%',
  'kWh\n',
  '"\\',
  '😀',
  '',
  'a',
  'é',
  '\u0001',
  '一段比较长的文字，用来填满窗口。',
]

function piece(random: Random): string {
  const one = random.pick(words)
  return one === '' || random.chance(0.05) ? random.pick(words).repeat(1 + random.below(1200)) : one
}

/** Cuts a text in two anywhere, also between the halves of a character. */
function inTwo(random: Random, text: string): string[] {
  const at = random.below(text.length + 1)
  return [text.slice(0, at), text.slice(at)].filter((half) => half !== '')
}

async function run(seed: number): Promise<void> {
  const random = createRandom(seed)
  const bench = deskBench({ timing: { gatherMs: 1, bookMs: 5, stalledMs: 60_000, leftMs: 5 } })
  const box = deskBox(bench)
  let awayUntil = 0
  bench.accounts.away = () => awayUntil-- > 0
  let connected = false
  let most = 0

  const connect = () => {
    box.connect()
    connected = true
    const places = []
    for (const copy of box.copies.values()) {
      if (copy.last) continue
      if (copy.accepted === 0) {
        box.desk.ask({
          ...{ type: 'ask', rid: copy.rid, digest: copy.digest, body: copy.body },
          ...{ deadlineMs: 60_000, credit: limits.streamCreditBytes },
        })
        continue
      }
      // Whatever came after that never reached the disk of this box.
      const seq = copy.acked + random.below(copy.seq - copy.acked + 1)
      copy.texts.length = seq
      copy.seq = seq
      // What it names it has for good.
      copy.acked = seq
      places.push({ rid: copy.rid, epoch: copy.epoch, seq })
    }
    box.desk.resume(places)
  }
  const look = () => {
    most = Math.max(most, box.desk.heldBytes)
  }

  connect()
  const parts: Part[] = []
  for (let count = 1 + random.below(limits.inFlight); count > 0; count--) {
    const copy = box.ask({ credit: random.pick([4, 100, 8192, limits.streamCreditBytes]) })
    const play = await bench.router.next()
    parts.push({ play, copy, answer: '', reasoning: '', steps: 10 + random.below(60), cancelled: false })
  }

  const write = (part: Part) => {
    const channel = random.chance(0.2) ? 'reasoning' : 'answer'
    const text = piece(random)
    if (Buffer.byteLength(part.answer) + Buffer.byteLength(text) > limits.answerBytes) return
    part[channel] += text
    for (const half of inTwo(random, text)) {
      part.play.sink.text(channel, half)
      look()
    }
  }

  for (let round = 0; parts.some(({ copy }) => copy.last === null); round++) {
    if (round > 20_000) throw new Error('it does not end')
    const part = random.pick(parts)
    const { play, copy } = part
    const late = round > 3000
    switch (random.below(late ? 6 : 10)) {
      case 0:
      case 1:
        if (play.over || play.paused) break
        if (part.steps-- > 0) write(part)
        else play.finish('stop', { promptTokens: 7, completionTokens: 9 })
        break
      case 2:
        if (connected) box.deliver(late ? undefined : 1 + random.below(20))
        break
      case 3:
        if (!connected) connect()
        else if (copy.accepted > 0 && copy.last === null) box.credit(copy)
        break
      case 4:
        if (connected && box.leaving) box.leave()
        if (connected) box.flush()
        break
      case 5:
        await turn()
        if (late) await new Promise((resolve) => setTimeout(resolve, 1))
        break
      case 6:
        if (connected && random.chance(0.2)) {
          box.cut()
          connected = false
        }
        break
      case 7:
        if (connected) box.unsentBytes = random.pick([0, 1, 10_000, 20_000])
        box.leaving = connected && box.unsentBytes > 0 && random.chance(0.5)
        break
      case 8:
        if (random.chance(0.05)) awayUntil = random.below(5)
        break
      case 9:
        if (connected && random.chance(0.01) && copy.last === null && !part.cancelled) {
          part.cancelled = true
          box.desk.cancel(copy.rid)
        }
        break
    }
    look()
  }
  awayUntil = 0
  for (let round = 0; round < 200 && bench.accounts.settlements.length < parts.length; round++) {
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  bench.close()

  for (const { copy, answer, reasoning, cancelled } of parts) {
    const { last } = copy
    if (last?.type !== 'end') throw new Error(`ended by ${last?.type === 'error' ? last.code : 'nothing'}`)
    if (last.finish === 'cancelled' && !cancelled) throw new Error('cancelled by nobody')
    const whole = last.finish === 'stop'
    for (const [name, got, written] of [
      ['answer', textOf(copy, 'answer'), answer],
      ['reasoning', textOf(copy, 'reasoning'), reasoning],
    ] as const) {
      if (whole ? got !== written : !written.startsWith(got)) throw new Error(`another ${name} arrived`)
    }
    if (whole && !last.usage.exact) throw new Error('usage was reported and is not exact')
    const booked = bench.accounts.settlements.filter(({ rid }) => rid === copy.rid)
    if (booked.length !== 1) throw new Error(`booked ${booked.length} times`)
    if (booked[0]!.usage.completionTokens !== last.usage.completionTokens) throw new Error('booked otherwise')
  }
  if (most > limits.boxHeldBytes) throw new Error(`held ${most}`)
}

// Others than these may be many.
if (process.env.FAULT_SEEDS) t.setTimeout(0)

const [from, to] = (process.env.FAULT_SEEDS ?? '1-150').split('-').map(Number)

t.test(`whatever happens to the line, no text is lost or repeated (seeds ${from} to ${to})`, async (t) => {
  for (let seed = from!; seed <= to!; seed++) {
    try {
      await run(seed)
    } catch (error) {
      t.fail(`seed ${seed}: ${(error as Error).stack}`)
      return
    }
  }
  t.pass('all of them')
})

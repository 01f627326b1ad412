import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer } from '../../src/model.ts'
import { plainSteps } from '../intake/plain-steps.ts'
import { openHouse, owner } from './house.ts'
import { createRandom, randomText } from './random.ts'
import { files, type Line, type Step, uploads } from './victim-lines.ts'

/**
 * The process that is killed. It opens the box on a data folder and, until it is killed, uploads, removes, edits,
 * renames and saves answers. Before each step that is to be acknowledged it writes a line that says so, and after
 * the acknowledgement another one.
 */

const [data = '', seed = '0'] = process.argv.slice(2)
const random = createRandom(Number(seed))
const house = await openHouse(data, plainSteps({ parseMs: 5, embedMs: 2 }))
const drop = join(data, 'drop')
let steps = 0

/** Straight to the pipe: what was written stays written when we are killed. */
function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

async function told(what: Step, act: () => Promise<unknown> | unknown): Promise<void> {
  const step = steps
  steps += 1
  say({ type: 'begin', step, what })
  await act()
  say({ type: 'done', step, what })
}

/** A few texts come again and again: the same bytes under several names. */
const common = createRandom(1)
const texts = Array.from({ length: 4 }, () => randomText(common))
const someText = () => (random.chance(0.4) ? random.pick(texts) : randomText(random))

function upload(path = random.pick(uploads), text = someText()): Promise<void> {
  return told({ kind: 'upload', path, text }, () =>
    house.intake.upload(
      (async function* () {
        yield Buffer.from(text)
      })(),
      path,
    ),
  )
}

async function removeUpload(): Promise<void> {
  const path = random.pick(uploads)
  const row = house.store.sources.list(owner).items.find((each) => each.path === path)
  if (row) await told({ kind: 'remove', path }, () => house.intake.remove(owner, row.id))
}

/** What lies in the folder is its own record; files appear whole, by renaming. */
function changeFile(): void {
  const present = readdirSync(drop).filter((name) => files.includes(name))
  if (present.length > 1 && random.chance(0.25)) rmSync(join(drop, random.pick(present)))
  else if (present.length > 0 && random.chance(0.2)) {
    const to = random.pick(files)
    if (!existsSync(join(drop, to))) renameSync(join(drop, random.pick(present)), join(drop, to))
  } else {
    writeFileSync(join(drop, '.new'), someText())
    renameSync(join(drop, '.new'), join(drop, random.pick(files)))
  }
}

function saveAnswer(): Promise<void> {
  const id = randomUUID()
  return told({ kind: 'answer', id }, () => house.store.conversations.save(owner, answerOf(id)))
}

function answerOf(id: string): Answer {
  const createdAt = new Date().toISOString()
  return {
    ...{ id, conversation: random.pick(conversations), question: '问题', searched: '问题', text: '答案' },
    ...{ citations: [], unsupported: [], dropped: 0, outcome: 'answered', via: 'box', model: 'm' },
    ...{ notice: null, passages: [], usage: null, createdAt },
    receipt: { sha256: null, bytes: 0, payload: '', redactions: [], sentAt: createdAt },
    timings: { searchMs: 1, promptMs: 1, firstTokenMs: null, totalMs: 2 },
  }
}
const conversations = ['c1', 'c2']

if (!existsSync(join(drop, 'd1.txt'))) for (let made = 0; made < 3; made += 1) changeFile()
say({ type: 'ready' })
for (;;) {
  const kind = random.below(10)
  if (kind < 3) await Promise.all([upload('u1.txt'), upload('u2.txt')].slice(random.below(2)))
  else if (kind < 4) await upload()
  else if (kind < 5) await removeUpload()
  else if (kind < 8) changeFile()
  else await saveAnswer()
  await delay(random.below(60))
}

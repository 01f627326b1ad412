import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { looksAt } from '../intake/box.ts'
import { plainSteps } from '../intake/plain-steps.ts'
import { type Account, createAccount } from './account.ts'
import { type House, openHouse, owner } from './house.ts'
import { checkInvariants, filesOf, findings, textsOf } from './inspect.ts'
import { createRandom, type Random } from './random.ts'
import { type Line, uploads } from './victim-lines.ts'

/** Kill points of one seed: they follow each other on one data folder. */
export const killsPerSeed = 4

/**
 * Kills a working box `killsPerSeed` times with SIGKILL, each at a random moment, and after each start compares
 * what is there with what was acknowledged and with a clean build of the same files.
 * @throws AssertionError saying what was lost, double or different
 */
export async function crash(seed: number): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-crash-'))
  try {
    const random = createRandom(seed)
    const account = createAccount()
    for (let kill = 0; kill < killsPerSeed; kill += 1) {
      await runAndKill(data, random, account)
      await recover(data, account)
    }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

async function runAndKill(data: string, random: Random, account: Account): Promise<void> {
  const victim = spawn(
    process.execPath,
    [join(import.meta.dirname, 'victim.ts'), data, String(random.below(2 ** 31))],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise((resolve) => victim.once('close', resolve))
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: victim.stdout }).on('line', (text) => {
      const line: Line = JSON.parse(text)
      if (line.type === 'ready') resolve()
      account.read(line)
    })
  })
  // Now and then while it is still starting, that is, recovering from the kill before.
  if (random.chance(0.2)) await Promise.race([ready, delay(200 + random.below(500))])
  else {
    await Promise.race([ready, ended])
    await delay(random.below(1500))
  }
  assert.ok(victim.exitCode === null, 'the victim ended by itself')
  victim.kill('SIGKILL')
  await ended
}

async function recover(data: string, account: Account): Promise<void> {
  const house = await openHouse(data, plainSteps())
  try {
    await settled(house)
    const texts = textsOf(house)
    compareUploads(texts, account)
    const files = filesOf(join(data, 'drop'))
    for (const [name, text] of files)
      assert.equal(texts.get(name), text, `${name} is not what lies in the folder`)
    assert.equal([...texts.keys()].filter((key) => key.startsWith('folder ')).length, files.size)
    compareAnswers(house, account)
    await cleared(data)
    assert.deepEqual(
      await findings(house, data),
      await cleanFindings(data, texts),
      'a clean build finds other things',
    )
  } finally {
    await house.close()
  }
}

/** Removed documents are cleared away in the background: soon everything has to add up. */
async function cleared(data: string): Promise<void> {
  for (let tries = 50; ; tries -= 1) {
    try {
      return checkInvariants(data)
    } catch (cause) {
      if (tries === 0) throw cause
      await delay(50)
    }
  }
}

function compareUploads(texts: Map<string, string>, account: Account): void {
  for (const path of uploads) {
    const text = texts.get(`upload ${path}`) ?? null
    assert.ok(account.allowed(path).has(text), `${path}: an acknowledged upload or removal was lost`)
    account.settle(path, text)
  }
}

function compareAnswers({ store }: House, { answers }: Account): void {
  const found = store.conversations
    .list(owner)
    .flatMap(({ id }) => store.conversations.answers(owner, id).map((answer) => answer.id))
  assert.equal(new Set(found).size, found.length, 'an answer is there twice')
  for (const id of answers.saved) assert.ok(found.includes(id), `the acknowledged answer ${id} was lost`)
  for (const id of found) assert.ok(answers.begun.has(id), `nobody saved the answer ${id}`)
  const told = store.outbox.pending(100_000).filter((row) => row.type === 'answer')
  assert.deepEqual(
    told.map((row) => row.subject).sort(),
    found.sort(),
    'answers and their ledger entries differ',
  )
}

/** The same files in an empty box. */
async function cleanFindings(data: string, texts: Map<string, string>): Promise<unknown> {
  const clean = mkdtempSync(join(tmpdir(), 'tanbox-clean-'))
  try {
    cpSync(join(data, 'drop'), join(clean, 'drop'), { recursive: true })
    const house = await openHouse(clean, plainSteps())
    try {
      for (const [key, text] of texts) {
        const path = key.replace(/^upload /, '')
        if (path !== key) await house.intake.upload(bytes(text), path)
      }
      await settled(house)
      assert.deepEqual(textsOf(house), new Map([...texts].sort()), 'a clean build reads other texts')
      return await findings(house, clean)
    } finally {
      await house.close()
    }
  } finally {
    rmSync(clean, { recursive: true, force: true })
  }
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** Until the folder was looked at and the queue is empty. */
async function settled({ store, intake }: House): Promise<void> {
  await delay(100)
  await looksAt(store, 2)
  for (let waited = 0; store.jobs.counts().waiting > 0 || waited === 0; waited += 20) {
    assert.ok(waited < 20_000, `the queue does not empty: ${JSON.stringify(intake.now())}`)
    await delay(20)
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createLedgerClient } from '../src/client.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** How often the node is killed; the long form is `KILLS=200`. */
const kills = Number(process.env.KILLS ?? 4)

function dataFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-kill-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'ledger')
}

/** The real node in a process of its own. */
async function start(
  data: string,
): Promise<{ child: ChildProcess; client: ReturnType<typeof createLedgerClient> }> {
  const environment = {
    ...process.env,
    TANBOX_LEDGER_DATA: data,
    TANBOX_LEDGER_PORT: '0',
    TANBOX_LEDGER_TOKEN: '',
  }
  const child = fork(main, { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { ready: { port: number } }).ready.port))
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
  })
  const token = readFileSync(join(data, 'token'), 'utf8').trim()
  return { child, client: createLedgerClient({ url: `http://127.0.0.1:${port}`, token }) }
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve))

t.test(
  `killed ${kills} times while it writes, it loses nothing it acknowledged and holds nothing twice`,
  async (t) => {
    const data = dataFolder(t)
    /** commitment -> the index that was acknowledged. */
    const acknowledged = new Map<string, number>()
    const unsure = new Set<string>()
    for (let round = 0; round < kills; round += 1) {
      const { child, client } = await start(data)
      const end = ended(child)
      let alive = true
      const writers = Array.from({ length: 8 }, async () => {
        while (alive) {
          // Some of what nobody answered for is sent again, as the outbox would.
          const again = [...unsure].slice(0, 3)
          const batch = [...again, ...Array.from({ length: 5 }, () => randomBytes(32).toString('hex'))]
          for (const commitment of batch) unsure.add(commitment)
          try {
            const seqs = await client.append(batch.map((commitment) => ({ type: 'answer', commitment })))
            for (const [index, commitment] of batch.entries()) {
              unsure.delete(commitment)
              const before = acknowledged.get(commitment)
              if (before !== undefined && before !== seqs[index]) t.fail(`${commitment} got two indexes`)
              acknowledged.set(commitment, seqs[index]!)
            }
          } catch {
            alive = false
          }
        }
      })
      await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 170))
      child.kill('SIGKILL')
      await Promise.all([end, ...writers])
    }

    const { child, client } = await start(data)
    const report = await client.verify()
    t.match(report, { ok: true, problem: null })
    const { size } = await client.head()
    const held = new Map<string, number>()
    for (let from = 0; from < size; from += 1024) {
      for (const { text } of (await client.entries({ from, limit: 1024 })).entries) {
        const { commitment, seq } = JSON.parse(text) as { commitment: string; seq: number }
        if (held.has(commitment)) t.fail(`${commitment} stands there twice`)
        held.set(commitment, seq)
      }
    }
    const lost = [...acknowledged].filter(([commitment, seq]) => held.get(commitment) !== seq)
    t.same(lost, [])
    t.ok(acknowledged.size > kills, `${acknowledged.size} entries were acknowledged`)
    const end = ended(child)
    child.kill('SIGTERM')
    t.equal(await end, 0, 'and stops in good order')
  },
)

t.test('it ends when the process that started it has gone', async (t) => {
  const data = dataFolder(t)
  const { child } = await start(data)
  const end = ended(child)
  child.disconnect()
  t.equal(await end, 0)
})

t.test('a second node on the same folder ends at once', async (t) => {
  const data = dataFolder(t)
  const { child } = await start(data)
  await t.rejects(start(data), /ended with 78/)
  const end = ended(child)
  child.kill('SIGTERM')
  await end
})

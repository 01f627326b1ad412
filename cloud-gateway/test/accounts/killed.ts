import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import type { Accounts } from '../../src/accounts/accounts.ts'

export interface Acknowledged {
  reserved: Set<string>
  /** rid -> completion tokens. */
  settled: Map<string, number>
}

/** Runs worker.ts, ends it by `kill` after so many settlements, and returns what had been acknowledged. */
export async function workAndKill(
  words: readonly (string | number)[],
  settlements: number,
  kill: (pid: number) => unknown = (pid) => process.kill(pid, 'SIGKILL'),
): Promise<Acknowledged> {
  const program = join(import.meta.dirname, 'worker.ts')
  const child = spawn(process.execPath, [program, ...words.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: Acknowledged = { reserved: new Set(), settled: new Map() }
  let killed: Promise<unknown> | undefined
  for await (const line of createInterface(child.stdout)) {
    const [what, rid = '', tokens] = line.split(' ')
    if (what === 'reserved') acknowledged.reserved.add(rid)
    if (what === 'settled') acknowledged.settled.set(rid, Number(tokens))
    if (acknowledged.settled.size >= settlements) killed ??= Promise.resolve(kill(child.pid!))
  }
  await killed
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return acknowledged
}

/** Everything acknowledged is there, and everything that is there is counted once. */
export async function checkCounted(t: Test, accounts: Accounts, all: readonly Acknowledged[]): Promise<void> {
  const rows = new Map((await accounts.usage({})).map((row) => [row.target, row]))
  const reserved = all.flatMap((one) => [...one.reserved])
  const settled = all.flatMap((one) => [...one.settled])
  t.same(
    reserved.filter((rid) => !rows.has(rid)),
    [],
    'no reservation is lost',
  )
  t.same(
    settled.filter(([rid, tokens]) => {
      const row = rows.get(rid)
      return row?.completionTokens !== tokens || row.promptTokens !== 90 || row.estimatedTokens !== 0
    }),
    [],
    'no settlement is lost or changed',
  )
  t.same(
    [...rows.values()].filter(({ answers }) => answers !== 1),
    [],
    'nothing is counted twice',
  )
}

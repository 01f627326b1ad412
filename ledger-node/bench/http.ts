import { createServer } from 'node:net'
import { join } from 'node:path'
import { newEntry } from './append.ts'
import { startProcess } from './node-process.ts'
import { scratchFolder } from './scratch.ts'

/** A port of loopback that nothing listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Appends over HTTP, in batches of 256, four of them under way. */
export async function appendOverHttp(ms: number): Promise<{ entriesPerSecond: number; batch: number }> {
  const batch = 256
  using scratch = scratchFolder()
  await using node = await startProcess(join(scratch.path, 'node'), 'bench', await freePort())
  const began = performance.now()
  let done = 0
  const lane = async () => {
    while (performance.now() - began < ms) {
      const seqs = await node.client.append(Array.from({ length: batch }, newEntry))
      // Not in one step with the wait: the lanes would write over each other's counts.
      done += seqs.length
    }
  }
  await Promise.all([lane(), lane(), lane(), lane()])
  return { entriesPerSecond: Math.round((done / (performance.now() - began)) * 1000), batch }
}

import { join } from 'node:path'
import { newEntry } from './append.ts'
import { freePort } from './http.ts'
import { introduce, type NodeProcess, startProcess } from './node-process.ts'
import { quantile, rounded, scratchFolder } from './scratch.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** How many entries of the log of `name` a node holds. */
async function mirrored(node: NodeProcess, name: string): Promise<number> {
  const peers = (await node.ask('GET', '/v1/peers')) as { name: string; mirrored: number }[]
  return peers.find((peer) => peer.name === name)?.mirrored ?? 0
}

/** A node without anything catches up with the log in `folder`, over loopback, each in a process of its own. */
export async function catchUp(
  folder: string,
  count: number,
): Promise<{ entriesPerSecond: number; memoryMb: { from: number; to: number } }> {
  using scratch = scratchFolder()
  await using from = await startProcess(folder, 'from', await freePort())
  await using to = await startProcess(join(scratch.path, 'to'), 'to', await freePort())
  const began = performance.now()
  await introduce(from, to)
  while ((await mirrored(to, 'from')) < count) {
    if (performance.now() - began > 300_000) throw new Error('the nodes do not converge')
    await pause(100)
  }
  const seconds = (performance.now() - began) / 1000
  const memoryMb = { from: Math.round(from.memory() / 1e6), to: Math.round(to.memory() / 1e6) }
  return { entriesPerSecond: Math.round(count / seconds), memoryMb }
}

/** Milliseconds from an append's call until five peers hold the entry, with checkpoints every 250 ms. */
export async function spread(samples: number): Promise<{ p50Ms: number; p95Ms: number; peers: number }> {
  const peers = 5
  using scratch = scratchFolder()
  await using stack = new AsyncDisposableStack()
  const nodes: NodeProcess[] = []
  for (let box = 0; box <= peers; box += 1) {
    nodes.push(stack.use(await startProcess(join(scratch.path, `${box}`), `box-${box}`, await freePort())))
  }
  for (const [at, node] of nodes.entries())
    for (const other of nodes.slice(at + 1)) await introduce(node, other)
  const [writer, ...readers] = nodes as [NodeProcess, ...NodeProcess[]]
  const waits: number[] = []
  for (let sample = 0; sample < samples + 2; sample += 1) {
    // Anywhere between two checkpoints.
    await pause(400 + ((sample * 97) % 250))
    const began = performance.now()
    const [seq] = await writer.client.append([newEntry()])
    await Promise.all(
      readers.map(async (reader) => {
        while ((await mirrored(reader, 'box-0')) <= seq!) {
          if (performance.now() - began > 20_000) throw new Error('an entry does not reach a peer')
          await pause(10)
        }
      }),
    )
    // The first two open the sockets.
    if (sample >= 2) waits.push(performance.now() - began)
  }
  return { p50Ms: rounded(quantile(waits, 0.5)), p95Ms: rounded(quantile(waits, 0.95)), peers }
}

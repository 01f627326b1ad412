import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import type { Test } from 'tap'
import { createHttpExchange } from '../../src/carriers/http.ts'
import { systemClock } from '../../src/clock.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { type Handle, serveResources } from '../../src/http/resources.ts'
import type { OwnLog } from '../../src/log/own-log.ts'
import { createNode, type LedgerNode } from '../../src/node.ts'
import { pathOf } from '../../src/peers/resources.ts'
import { appendSome, publishedUpTo } from '../log/box.ts'

/** A box as strangers meet it: the real node on a real disk, asked over HTTP on loopback. */
export interface ServedBox {
  node: LedgerNode
  url: string
  /** Where its log is. */
  logUrl: string
  /** What it was asked to cosign, in the order of the answers. */
  posts: { body: string; status: number }[]
  /** Appends so many entries, and ends when a checkpoint covers them. */
  grow(count: number): Promise<void>
}

/** A folder for a box, for as long as the test. */
export async function boxFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tanbox-interop-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** @param given.policy a tlog-policy file that says whose cosignatures the node collects */
export async function serveBox(
  t: Test,
  given: { folder?: string; policy?: Uint8Array } = {},
): Promise<ServedBox> {
  const { policy, folder = await boxFolder(t) } = given
  const node = await createNode(
    {
      disk: fileDisk,
      clock: systemClock,
      random: randomBytes,
      dial: ({ urls }) => createHttpExchange(urls[0]!),
      notice: (sentence) => t.comment(sentence),
    },
    {
      data: join(folder, 'data'),
      local: join(folder, 'local'),
      host: 'box.example',
      publishEveryMs: 20,
      antiEntropyMs: 30_000,
      requestMs: 10_000,
      readers: 'public',
      quotaBytesPerPeer: 1 << 20,
      ...(policy && { policy }),
    },
  )
  t.teardown(() => node.close())
  const server = fastify({ forceCloseConnections: true })
  const token = randomBytes(16).toString('hex')
  const posts: ServedBox['posts'] = []
  const handle: Handle = async (request, from) => {
    const response = await node.handle(request, from)
    if (request.method === 'POST')
      posts.push({ body: Buffer.from(request.body ?? []).toString(), status: response.status })
    return response
  }
  await server.register((scope) => serveResources(scope, { handle, token }))
  t.teardown(() => server.close())
  await server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  return {
    node,
    url,
    posts,
    logUrl: url + pathOf(node.log.origin),
    async grow(count) {
      await appendSome(node.log, count)
      await publishedUpTo(node.log, node.log.head.size)
    },
  }
}

/** Ends when the policy is satisfied for `size` entries. */
export async function finalUpTo(log: OwnLog, size: number): Promise<void> {
  while ((log.final?.size ?? 0) < size) await new Promise((resolve) => setTimeout(resolve, 10))
}

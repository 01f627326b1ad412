import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { OwnLog } from '../../src/log/own-log.ts'
import { formatVerifierKey, type SignerKey, type VerifierKey } from '../../src/note/key.ts'
import { formatPolicy } from '../../src/note/policy.ts'
import type { Card } from '../../src/peers/card.ts'
import { pathOf } from '../../src/peers/resources.ts'
import { appendSome, publishedUpTo } from '../log/box.ts'
import { startNode } from '../support/running.ts'

/** A box as strangers meet it: the whole node, asked over HTTP on loopback. */
export interface ServedBox {
  url: string
  port: number
  /** Where everything of it is kept, also for another start. */
  folder: string
  log: OwnLog
  /** Where its log is. */
  logUrl: string
  cosigner: SignerKey
  /** The policy that the box gives to others. */
  policy(): Buffer
  /** What another box is given to make it a peer. */
  card(): Card
  /** Makes a box a peer, and copies its log. */
  follow(card: Card): Promise<void>
  /** Appends so many entries, and ends when a checkpoint covers them. */
  grow(count: number): Promise<void>
  /** Receipt of an entry. */
  prove(seq: number): Promise<string>
  /** Has it cosign the log of a stranger, the way an administrator does. */
  witness(log: VerifierKey): Promise<void>
  stop(): Promise<void>
}

/** @param given.policy a tlog-policy file that says whose cosignatures the node collects */
export async function serveBox(
  t: Test,
  given: { folder?: string; policy?: Uint8Array } = {},
): Promise<ServedBox> {
  const settings: Record<string, string> = {}
  if (given.policy) {
    settings.TANBOX_LEDGER_POLICY = join(t.testdir(), 'policy')
    await writeFile(settings.TANBOX_LEDGER_POLICY, given.policy)
  }
  const { url, token, folder, running, errors, stop } = await startNode(t, settings, given.folder)
  t.teardown(() => {
    if (errors.length > 0) throw errors[0]
  })
  const { node, port } = running
  const { log } = node
  return {
    url,
    port,
    folder,
    log,
    logUrl: url + pathOf(log.origin),
    cosigner: node.box.cosigner,
    policy: () => formatPolicy(node.policy),
    async grow(count) {
      await appendSome(log, count)
      await publishedUpTo(log, log.head.size)
    },
    card: () => node.card('a box', [url]),
    async follow(card) {
      await node.peers.add(card)
      await node.syncNow()
    },
    prove: (seq) => node.prove(seq),
    async witness(key) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ key: formatVerifierKey(key) })
      const { status } = await fetch(`${url}/v1/logs`, { method: 'POST', headers, body })
      if (status !== 204) throw new Error(`the log is not taken: ${status}`)
    },
    stop,
  }
}

/** Ends when the policy is satisfied for `size` entries. */
export async function finalUpTo(log: OwnLog, size: number): Promise<void> {
  while ((log.final?.size ?? 0) < size) await new Promise((resolve) => setTimeout(resolve, 10))
}

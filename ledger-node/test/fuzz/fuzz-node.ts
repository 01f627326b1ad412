import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { createNode } from '../../src/node.ts'
import { cosignerKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import { Unreachable } from '../../src/peers/exchange.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { fromBox } from '../../src/peers/resources.ts'
import { logKey, origin } from '../peers/signed-log.ts'
import type { Broken } from './fuzz.ts'
import { generator, mutate } from './mutate.ts'
import { message, request } from './targets.ts'

/**
 * Gives a whole node `count` requests made by `seed`, as a peer's log that it follows would have them, and strange
 * paths. Every one is answered, errors below 500 with a reason.
 */
export async function fuzzNode(count: number, seed: number): Promise<{ inputs: number; broken: Broken[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-fuzz-'))
  const node = await createNode(
    {
      disk: fileDisk,
      clock: systemClock,
      random: randomBytes,
      dial: () => ({
        request: async () => {
          throw new Unreachable('nobody is there')
        },
      }),
      notice: () => {},
    },
    {
      data: join(folder, 'data'),
      local: join(folder, 'local'),
      host: 'box.test',
      publishEveryMs: 20,
      antiEntropyMs: 3_600_000,
      requestMs: 1000,
      readers: 'public',
      quotaBytesPerPeer: 1 << 20,
    },
  )
  const broken: Broken[] = []
  try {
    const cosigner = verifierOf(makeSignerKey('box.test/f/witness-9', cosignerKeyType, Buffer.alloc(32, 9)))
    await node.peers.add({ name: 'other', log: verifierOf(logKey), cosigner, admin: null, urls: [] })
    for (let made = 0; made < 5; made += 1) {
      await node.append({ type: 'answer', commitment: randomBytes(32).toString('hex') })
    }
    const id = originHash(origin)
    const own = node.log.origin.slice(node.log.origin.indexOf('/'))
    const paths = [`${own}/checkpoint`, `${own}/tile/entries/000.p/5`, `${own}/tile/0/000.p/5`]
    const more = [`/mirror/${id}/checkpoint`, `/witness/${id}/checkpoint`, `/fork/${id}`, `/statement/${id}`]
    const gets = [...paths, ...more].map((path) => Buffer.from(path))
    const pick = generator(seed)
    for (let made = 0; made < count && broken.length < 20; made += 1) {
      const isPost = pick(2) === 0
      const toWitness = pick(2) === 0
      const body = mutate(pick, toWitness ? request : message, [request, message])
      const path = isPost
        ? toWitness
          ? '/witness/add-checkpoint'
          : '/gossip'
        : mutate(pick, gets[pick(gets.length)]!, gets).toString()
      const what = await give(() => node.handle({ method: isPost ? 'POST' : 'GET', path, body }, fromBox))
      if (what)
        broken.push({ target: `${isPost ? 'POST' : 'GET'} ${path}`, input: body.toString('base64'), what })
    }
  } finally {
    await node.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { inputs: count, broken }
}

async function give(ask: () => Promise<{ status: number; body: Uint8Array }>): Promise<string | null> {
  try {
    const { status, body } = await ask()
    if (status >= 500) return `answered ${status}: ${Buffer.from(body).toString()}`
    return status >= 400 && body.length === 0 ? `answered ${status} without a reason` : null
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

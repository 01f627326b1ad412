import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { createLinks, type LinkPeer, type Links, type LinksSettings } from '../../src/carriers/links.ts'
import { logKeyType, makeSignerKey, type SignerKey, verifierOf } from '../../src/note/key.ts'
import { originHash } from '../../src/peers/origin-hash.ts'

/** A log key told by a small number. */
export function keyOf(number: number, generation = 1): SignerKey {
  const id = number.toString(16).padStart(16, '0')
  return makeSignerKey(`box.test/${id}/${generation}`, logKeyType, Buffer.alloc(32, number))
}

export function peerOf(signer: SignerKey, ...urls: string[]): LinkPeer {
  return { id: originHash(signer.name), log: verifierOf(signer), urls }
}

export interface Box {
  signer: SignerKey
  id: string
  url: string
  peers: LinkPeer[]
  links: Links
  errors: unknown[]
}

/** The sockets of one box, taken at a port of loopback. */
export async function box(
  t: Test,
  number: number,
  settings: Partial<Pick<LinksSettings, 'handle' | 'timing'>> & { generation?: number } = {},
): Promise<Box> {
  const { generation = 1 } = settings
  const signer = keyOf(number, generation)
  const earlier = generation > 1 ? [keyOf(number, generation - 1)] : []
  const peers: LinkPeer[] = []
  const errors: unknown[] = []
  const links = createLinks({
    signers: () => [signer, ...earlier],
    peers: () => peers,
    handle: async ({ path }, from) => ({
      status: 200,
      type: 'text/plain',
      body: Buffer.from(`${path} ${from}`),
    }),
    onError: (error) => errors.push(error),
    ...settings,
    timing: { reviewMs: 10, redialMs: [20, 100], ...settings.timing },
  })
  const server = createServer((_request, response) => response.writeHead(404).end())
  server.on('upgrade', links.accept)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    links.close()
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { signer, id: originHash(signer.name), url, peers, links, errors }
}

/** Waits until something holds; an error after five seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'it'): Promise<void> {
  const latest = Date.now() + 5000
  while (!(await holds())) {
    if (Date.now() > latest) throw new Error(`${what} did not come about`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

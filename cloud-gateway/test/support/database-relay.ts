/** The stretch of network between a gateway and its PostgreSQL, over sockets in folders: it can be cut and held up. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** `asked`: what goes to the server; `told`: what comes from it. */
type Way = 'asked' | 'told'

export interface DatabaseRelay {
  /** As `postgres.ts` gives it, by way of the relay. */
  url: string
  /** Ends every connection that stands. */
  cut(): void
  /**
   * Holds one way of the connections that stand. What is on it arrives when it is let go, also where whoever sent it
   * has gone. New connections are not held.
   */
  hold(way: Way): void
  letGo(): void
}

const file = '.s.PGSQL.5432'

export async function databaseRelay(t: Test, url: string): Promise<DatabaseRelay> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-relay-'))
  const target = join(new URL(url).searchParams.get('host')!, file)
  const pairs = new Set<{ near: Socket; far: Socket; held: Set<Way> }>()
  const waiting: (() => void)[] = []
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: target, allowHalfOpen: true })
    const pair = { near, far, held: new Set<Way>() }
    const pass = (way: Way, step: () => void) => (pair.held.has(way) ? waiting.push(step) : step())
    pairs.add(pair)
    const ways: [Way, Socket, Socket][] = [
      ['asked', near, far],
      ['told', far, near],
    ]
    for (const [way, from, to] of ways) {
      from.on('error', () => {})
      from.on('data', (bytes) => pass(way, () => to.write(bytes)))
      from.on('end', () => pass(way, () => to.end()))
      from.on('close', () => pass(way, () => to.end()))
    }
  })
  await new Promise<void>((resolve) => server.listen(join(folder, file), resolve))
  const letGo = () => {
    for (const { held } of pairs) held.clear()
    for (const step of waiting.splice(0)) step()
  }
  const cut = () => {
    for (const { near, far } of pairs) {
      near.destroy()
      far.destroy()
    }
    pairs.clear()
  }
  t.teardown(() => {
    letGo()
    cut()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const through = new URL(url)
  through.searchParams.set('host', folder)
  return {
    ...{ url: through.href, cut, letGo },
    hold(way) {
      for (const { held } of pairs) held.add(way)
    },
  }
}

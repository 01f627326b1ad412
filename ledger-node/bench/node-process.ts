import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLedgerClient, type LedgerClient } from '../src/client.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface NodeProcess extends AsyncDisposable {
  url: string
  client: LedgerClient
  /** A request with the node's token; the answer's JSON, null where there is none. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>
  /** Resident bytes. */
  memory(): number
}

/** The real node in a process of its own. */
export async function startProcess(folder: string, name: string, port: number): Promise<NodeProcess> {
  const url = `http://127.0.0.1:${port}`
  const environment = {
    ...process.env,
    TANBOX_LEDGER_DATA: join(folder, 'data'),
    TANBOX_LEDGER_LOCAL: join(folder, 'local'),
    TANBOX_LEDGER_TOKEN: join(folder, 'token'),
    TANBOX_LEDGER_PORT: String(port),
    TANBOX_LEDGER_NAME: name,
    TANBOX_LEDGER_ADVERTISE: url,
  }
  const child = fork(main, { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const started = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof started[0] !== 'object') throw new Error(`the node ended with ${started[0]}`)
  const token = readFileSync(join(folder, 'token'), 'utf8').trim()
  return {
    url,
    client: createLedgerClient({ url, token, timeoutMs: 60_000 }),
    async ask(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
    memory() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Makes each of the two a peer of the other. */
export async function introduce(one: NodeProcess, other: NodeProcess): Promise<void> {
  await other.ask('POST', '/v1/peers', await one.ask('GET', '/v1/card'))
  await one.ask('POST', '/v1/peers', await other.ask('GET', '/v1/card'))
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../../src/note/key.ts'
import { runToEnd } from './go-tools.ts'
import { serveSshAgent } from './ssh-agent.ts'

/** torchwood's litewitness, running on loopback. */
export interface Litewitness extends AsyncDisposable {
  /** Where `add-checkpoint` is. */
  url: string
  key: VerifierKey
  /** Has it witness a log from now on. */
  addLog(log: VerifierKey): Promise<void>
  /** What it holds of each log, as `witnessctl list-logs` says. */
  logs(): Promise<{ origin: string; size: number; root_hash: string }[]>
}

/** Milliseconds for one command, and for the witness to say that it listens. */
const patience = 20_000

/** @param paths of the two programs */
export async function startLitewitness(
  [witness, ctl]: readonly string[],
  settings: { name: string; seed: Buffer },
): Promise<Litewitness> {
  if (witness === undefined || ctl === undefined) throw new TypeError('litewitness and witnessctl are needed')
  await using opened = new AsyncDisposableStack()
  // Not in a test's own folder: the path of a socket has at most 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'litewitness-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const db = join(folder, 'witness.db')
  const socket = join(folder, 'agent.sock')
  const agent = opened.use(await serveSshAgent(socket, settings.seed))
  const address = `127.0.0.1:${await freePort()}`
  const { name } = settings
  const flags = [
    '-db',
    db,
    '-name',
    name,
    '-ssh-agent',
    socket,
    '-key',
    agent.fingerprint,
    '-listen',
    address,
  ]
  const child = spawn(witness, flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  opened.defer(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const url = `http://${address}`
  const key = await keyOf(child.stderr)
  await answering(url)
  const running = opened.move()
  return {
    url,
    key,
    async addLog(log) {
      await control(ctl, ['add-log', '-db', db, '-origin', log.name])
      await control(ctl, ['add-key', '-db', db, '-origin', log.name, '-key', formatVerifierKey(log)])
    },
    async logs() {
      const lines = await control(ctl, ['list-logs', '-db', db])
      return lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function control(ctl: string, args: string[]): Promise<string> {
  const ended = await runToEnd(ctl, args, patience)
  if (ended.status !== 0) throw new Error(`witnessctl ${args[0]}: ${ended.stderr}`)
  return ended.stdout
}

/** The witness says its key before it listens. What it says later is read away, so that it is never held up. */
async function keyOf(stderr: NodeJS.ReadableStream): Promise<VerifierKey> {
  const said: string[] = []
  const lines = createInterface({ input: stderr })
  const vkey = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line)
      const found = / vkey=(\S+)$/.exec(line)?.[1]
      if (found) resolve(found.replace(/^"|"$/g, ''))
    })
    lines.once('close', () => reject(new Error(`litewitness ended: ${said.join('; ')}`)))
  })
  return parseVerifierKey(vkey)
}

async function answering(url: string): Promise<void> {
  const until = Date.now() + patience
  for (;;) {
    try {
      await fetch(url)
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** litewitness does not say which port it was given, so it is given one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

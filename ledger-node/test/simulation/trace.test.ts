import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

t.test('a trace reaches a reader that is slow whole, to its last line', { timeout: 120_000 }, async (t) => {
  const child = spawn(process.execPath, [main, '--seed', '4', '--trace'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const said: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  // Until the pipe is full, and for longer than a process that has told its outcome is let live.
  await pause(8_000)
  const trace = await text(child.stderr)
  t.equal(await ended, 0)
  const [, digest] = /trace ([0-9a-f]{64})/.exec(Buffer.concat(said).toString()) ?? []
  t.equal(createHash('sha256').update(trace).digest('hex'), digest)
  t.match(trace, /cannot start: /)
  t.notMatch(trace, 'file://', 'and is the same wherever the source lies')
})

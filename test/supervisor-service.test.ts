import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createService, type ServiceEvent } from '../bin/supervisor/service.ts'
import { openServiceLog } from '../bin/supervisor/service-log.ts'

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 15_000) throw new Error(`waited in vain: ${what}`)
    await pause(20)
  }
}

/** A service whose main module has this body. */
function service(t: Test, body: string, times: { readyMs?: number; stopMs?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-service-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'main.mjs'), body)
  const log = openServiceLog(join(folder, 'logs', 'it.log'))
  const events: ServiceEvent[] = []
  const ports: (number | null)[] = []
  const made = createService({
    name: 'it',
    entry: join(folder, 'main.mjs'),
    environment: (port) => {
      ports.push(port)
      return { ...process.env, FOLDER: folder }
    },
    log,
    readyMs: times.readyMs ?? 15_000,
    stopMs: times.stopMs ?? 5000,
    notice: (event) => events.push(event),
  })
  t.teardown(() => made.stop())
  return { made, events, ports, folder, log }
}

const wellBehaved = `
  process.on('SIGTERM', () => process.exit(0))
  process.on('disconnect', () => process.exit(0))
  console.log('hello from', process.pid)
  process.send({ ready: { port: 4711 } })
  setInterval(() => {}, 1000)`

t.test('it is ready when it says so, and ends when it is asked to', async (t) => {
  const { made, events, log } = service(t, wellBehaved)
  t.same(await made.start(), { port: 4711 })
  const pid = made.pid!
  t.match(log.tail(1), [`hello from ${pid}`])
  await made.stop()
  t.notOk(alive(pid))
  t.same(events, [], 'an end that was asked for is not news')
})

t.test('killed, it is started again on the port it had, with growing pauses', async (t) => {
  const { made, events, ports } = service(t, wellBehaved)
  await made.start()
  for (const round of [1, 2]) {
    process.kill(made.pid!, 'SIGKILL')
    await until(() => events.length === round * 2, `start number ${round + 1}`)
  }
  t.match(events, [
    { kind: 'ended', how: 'SIGKILL', againInMs: 500 },
    { kind: 'back' },
    { kind: 'ended', how: 'SIGKILL', againInMs: 1000 },
    { kind: 'back' },
  ])
  t.same(ports, [null, 4711, 4711])
})

t.test('one that ends while it starts is not tried again, and its log says why', async (t) => {
  const { made, log } = service(t, `console.error('the port is taken'); process.exit(78)`)
  await t.rejects(made.start(), { message: 'it ended while it started (status 78).' })
  t.match(log.tail(5), ['the port is taken'])
})

t.test('one that never gets ready is killed', async (t) => {
  const { made } = service(t, `setInterval(() => {}, 1000)`, { readyMs: 700 })
  const starting = made.start()
  const pid = made.pid!
  await t.rejects(starting, /not ready within 0.7 s/)
  await until(() => !alive(pid), 'its end')
})

t.test('one that ignores SIGTERM is killed in time, together with what it had started', async (t) => {
  const { made, events, folder } = service(
    t,
    `
    import { spawn } from 'node:child_process'
    import { writeFileSync } from 'node:fs'
    process.on('SIGTERM', () => {})
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    writeFileSync(process.env.FOLDER + '/child', String(child.pid))
    process.send({ ready: { port: 1 } })
    setInterval(() => {}, 1000)`,
    { stopMs: 500 },
  )
  await made.start()
  const pid = made.pid!
  const child = Number(readFileSync(join(folder, 'child'), 'utf8'))
  t.ok(alive(child))
  await made.stop()
  t.notOk(alive(pid))
  await until(() => !alive(child), 'the end of its child')
  t.match(events, [{ kind: 'killed', name: 'it' }])
})

t.test('stopped while it waits to start again, it stays down', async (t) => {
  const { made, events, ports } = service(t, wellBehaved)
  await made.start()
  process.kill(made.pid!, 'SIGKILL')
  await until(() => events.length === 1, 'its end')
  await made.stop()
  await pause(800)
  t.equal(ports.length, 1)
  t.equal(made.pid, undefined)
})

t.test('a log that has grown large is begun anew while the service goes on writing to it', async (t) => {
  const { made, log, folder } = service(
    t,
    `
    process.on('SIGTERM', () => process.exit(0))
    process.stdout.write('x'.repeat(9 * 1024 * 1024) + '\\n')
    process.send({ ready: { port: 1 } })
    setInterval(() => console.log('later'), 50)`,
  )
  await made.start()
  log.rotate()
  t.ok(readFileSync(join(folder, 'logs', 'it.log.1')).length > 9 * 1024 * 1024)
  await until(() => log.tail(1)[0] === 'later', 'the next line')
  t.ok(readFileSync(join(folder, 'logs', 'it.log')).length < 100_000, 'no hole where the old bytes were')
})

t.test('the last lines of a log are those of this run, not of the one before', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-service-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'it.log')
  writeFileSync(path, 'stopping\n')
  using log = openServiceLog(path)
  t.same(log.tail(12), [], 'an earlier run does not say why this one ended')
  appendFileSync(path, 'the key is damaged\n')
  t.same(log.tail(12), ['the key is damaged'])
})

/**
 * A PostgreSQL server of the test's own, of Debian's package, in a temporary folder and reachable over a socket in it
 * alone. It ends with the test, also when that is killed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'

const debian = '/usr/lib/postgresql'

/** The newest installed version; null where there is none. */
function programs(): string | null {
  if (!existsSync(debian)) return null
  const versions = readdirSync(debian).sort((a, b) => Number(b) - Number(a))
  const found = versions.find((version) => existsSync(join(debian, version, 'bin/postgres')))
  return found === undefined ? null : join(debian, found, 'bin')
}

/** Why tests that need PostgreSQL are left out; false: they are not. CI must have it. */
export const withoutPostgres: string | false =
  programs() !== null || process.env.CI ? false : 'needs PostgreSQL: apt-get install postgresql'

export interface PostgresServer {
  url: string
  /** Where nobody has been. */
  newPlace(): { url: string; schema: string }
  run(sql: string): Promise<pg.QueryResult>
  /** Ends it: `SIGINT` in order, `SIGKILL` as a crash does. */
  stop(signal: 'SIGINT' | 'SIGKILL'): Promise<void>
  start(): Promise<void>
  /** SIGSTOP and SIGCONT for the server and all its processes: it accepts and says nothing. */
  freeze(): void
  thaw(): void
}

export async function startPostgres(t: Test): Promise<PostgresServer> {
  const bin = programs()
  if (bin === null) throw new Error('PostgreSQL is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-postgres-'))
  const data = join(folder, 'data')
  // The server refuses to run as root.
  const other = process.getuid?.() === 0 ? userIds('postgres') : null
  if (other) chownSync(folder, other.uid, other.gid)
  const owner = other ?? {}
  const initialise = ['-D', data, '-U', 'tanbox', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), initialise, {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })

  let keeper: ChildProcess | null = null
  let places = 0
  const url = `postgres://tanbox@localhost/postgres?host=${encodeURIComponent(folder)}`
  const pid = () => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])

  const family = () => [pid(), ...childrenOf(pid())]

  async function run(sql: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return await client.query(sql)
    } finally {
      await client.end()
    }
  }

  async function start(): Promise<void> {
    const options = [
      '-c',
      'listen_addresses=',
      '-c',
      `unix_socket_directories=${folder}`,
      '-c',
      'max_connections=100',
      // After a crash it syncs everything first: the whole file system at once, and not file by file.
      '-c',
      'recovery_init_sync_method=syncfs',
    ]
    // The shell reads until the test is gone, however that went.
    const script = '"$@" & pid=$!; read -r _; kill -QUIT $pid 2>/dev/null; wait'
    keeper = spawn('sh', ['-c', script, 'sh', join(bin!, 'postgres'), '-D', data, ...options], {
      ...owner,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await until(async () => {
      try {
        await run('SELECT 1')
        return true
      } catch {
        return false
      }
    })
  }

  async function stop(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const { stdin } = keeper!
    const ended = once(keeper!, 'exit')
    const processes = family()
    process.kill(pid(), signal)
    // The shell waits for it. What it had started ends a little later, and the next start would stumble over it.
    await until(() => processes.every((one) => !alive(one)))
    stdin!.end()
    await ended
  }

  t.teardown(async () => {
    if (keeper?.exitCode === null) {
      const ended = once(keeper, 'exit')
      keeper.stdin!.end()
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return {
    ...{ url, run, start, stop },
    newPlace: () => ({ url, schema: `place${++places}` }),
    freeze: () => family().forEach((one) => void process.kill(one, 'SIGSTOP')),
    thaw: () => family().forEach((one) => void process.kill(one, 'SIGCONT')),
  }
}

/** A server under load takes its time. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${holds}`)
    await new Promise((next) => setTimeout(next, 50))
  }
}

function userIds(name: string): { uid: number; gid: number } {
  const id = (what: string) => Number(execFileSync('id', [what, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** One that has ended stays as a zombie until the shell looks. */
function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Programs in Go that others wrote, or that use what others wrote: built once into a folder that git leaves out.
 * Without Go the tests that need them are skipped and say so; where CI has Go, each of them has to build.
 */
export type GoProgram =
  /** A command of a published module, at the version that the tests were written for. */
  | { command: string; version: string }
  /** A module of ours in a folder beside this file, named by that folder. */
  | { folder: string }

export const fsck: GoProgram = { command: 'github.com/transparency-dev/tessera/cmd/fsck', version: 'v1.0.4' }
export const litewitness: GoProgram = { command: 'filippo.io/torchwood/cmd/litewitness', version: 'v0.9.0' }
export const witnessctl: GoProgram = { command: 'filippo.io/torchwood/cmd/witnessctl', version: 'v0.9.0' }
export const posixLog: GoProgram = { folder: 'posix-log' }
export const torchwoodAuditor: GoProgram = { folder: 'torchwood-auditor' }

/** Either where each program is, in the order asked for, or why the tests have to go without. */
export type GoTools = { paths: string[]; missing?: never } | { paths?: never; missing: string }

/** Milliseconds for one build. Two files build at once on two cores; with all to be downloaded one took 190 s. */
const buildTime = 400_000
/** What the modules ask for. An older Go would want to download a newer one. */
const oldestGo = 24

const beside = fileURLToPath(new URL('./', import.meta.url))
const cache = fileURLToPath(new URL('../../../node_modules/.cache/tanbox-go/', import.meta.url))

/**
 * Finds Go and builds what is not built yet.
 * @throws Error in CI where Go is there and a program cannot be built
 */
export async function goTools(...programs: GoProgram[]): Promise<GoTools> {
  const go = await findGo()
  if (go === null) return { missing: `Go 1.${oldestGo} or newer is not on this machine` }
  const paths: string[] = []
  for (const program of programs) {
    try {
      paths.push(await build(go, program))
    } catch (error) {
      if (process.env.CI === 'true') throw error
      return { missing: `a program in Go could not be built: ${(error as Error).message}` }
    }
  }
  return { paths }
}

export interface Ended {
  /** Exit status; null where it was stopped because its time was over, or by a signal. */
  status: number | null
  stdout: string
  stderr: string
}

/** Runs a program to its end, or for at most `ms` milliseconds. */
export function runToEnd(
  path: string,
  args: string[],
  ms: number,
  env = process.env,
  cwd = beside,
): Promise<Ended> {
  const options = { timeout: ms, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024, env, cwd } as const
  return new Promise((resolve, reject) => {
    execFile(path, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code === 'string') return reject(error)
      resolve({ status: error ? ((error.code as number | null) ?? null) : 0, stdout, stderr })
    })
  })
}

/** The command of Go: that of PATH, or where its own instructions install it. */
async function findGo(): Promise<string | null> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    try {
      const { stdout } = await runToEnd(go, ['env', 'GOVERSION'], 20_000, goEnvironment())
      const minor = /^go1\.(\d+)/.exec(stdout.trim())?.[1]
      if (minor !== undefined && Number(minor) >= oldestGo) return go
    } catch {
      // Not there: the next place.
    }
  }
  return null
}

/** The machine's settings, except that Go neither fetches another Go nor minds a workspace around it. */
function goEnvironment(more: Record<string, string> = {}) {
  return { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', ...more }
}

async function build(go: string, program: GoProgram): Promise<string> {
  const name = basename('command' in program ? program.command : program.folder)
  const place = join(
    cache,
    `${name}-${'command' in program ? program.version : await digest(program.folder)}`,
  )
  const path = join(place, name)
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  // Built aside and renamed: two test files may want the same program at once.
  const aside = await mkdtemp(join(cache, 'building-'))
  try {
    const ended =
      'command' in program
        ? await runToEnd(
            go,
            ['install', '-trimpath', `${program.command}@${program.version}`],
            buildTime,
            goEnvironment({ GOBIN: aside }),
          )
        : await runToEnd(
            go,
            ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', join(aside, name), '.'],
            buildTime,
            goEnvironment(),
            join(beside, program.folder),
          )
    if (ended.status !== 0) throw new Error(`${name}: ${reason(ended)}`)
    await rename(aside, place).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(path)) throw error
    })
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
  return path
}

function reason({ status, stderr }: Ended): string {
  if (status === null) return `not built within ${buildTime / 1000} s`
  return stderr.trim().split('\n').slice(-5).join('; ')
}

/** Changes with any file of a module of ours, so that what is run is what is there. */
async function digest(folder: string): Promise<string> {
  const names = (await readdir(join(beside, folder)))
    .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
    .sort()
  const files = await Promise.all(names.map((name) => readFile(join(beside, folder, name))))
  return hash('sha256', Buffer.concat(files), 'hex').slice(0, 16)
}

import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson, noEntry } from '../entry.ts'
import { CommitmentIndex } from './commitment-index.ts'
import { lockFile } from './lock.ts'
import { Log } from './log.ts'
import { type LogFile, openLogFile } from './log-file.ts'
import { readMark, syncFolder, writeDurably, writeMark } from './mark.ts'
import { Offsets } from './offsets.ts'
import { type Recovered, recover } from './recover.ts'

/** log.json: what a log is called. It is fixed when the log begins; another origin is another log. */
const AboutSchema = Type.Object(
  {
    format: Type.Literal(1),
    /** `<host>/<box id>/<generation>`: the key name under which checkpoints will be signed. */
    origin: Type.String({ pattern: '^[a-z0-9.-]+/[0-9a-f]{16}/[1-9][0-9]*$', maxLength: 255 }),
    created: Type.String({ maxLength: 32 }),
  },
  { additionalProperties: false },
)
type About = Type.Static<typeof AboutSchema>
const aboutValidator = Compile(AboutSchema)

export interface OpenLog extends AsyncDisposable {
  origin: string
  log: Log
  close(): Promise<void>
}

export interface LogSettings {
  /** First part of the origin of a log that begins. */
  host: string
  clock?: () => Date
  /** Told what a person should know, such as a torn tail that was dropped. */
  notice: (sentence: string) => void
  /** How the data file is opened; a test gives a failing disk. */
  open?: (path: string) => Promise<LogFile>
}

/** The mark follows the log within a second; it costs a sync of its own and never delays an acknowledgement. */
const markEveryMs = 1000

/**
 * Opens the log in a folder, or begins one there. Only one process can have it open.
 * @throws LockHeld, LogDamaged
 */
export async function openLog(folder: string, settings: LogSettings): Promise<OpenLog> {
  const clock = settings.clock ?? (() => new Date())
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await using opened = new AsyncDisposableStack()
  opened.use(lockFile(join(folder, 'lock')))
  const about = await readOrBegin(folder, settings.host, clock)
  const file = opened.adopt(await (settings.open ?? openLogFile)(join(folder, 'entries')), (it) => it.close())
  const markPath = join(folder, 'mark.json')
  const mark = await readMark(markPath)
  const offsets = new Offsets()
  const commitments = new CommitmentIndex()
  const recovered = await recover(file, mark, (entry, offset) => {
    commitments.add(entry.commitment, offsets.count)
    offsets.push(offset)
  })
  await dropTail(folder, file, recovered, settings.notice)
  if (!mark && recovered.head.size > 0) {
    settings.notice('mark.json is missing: entries cut off from the end of the log would not be noticed.')
  }
  // A process that was killed may have left entries that were written and never synced; from here on they count.
  await file.sync()
  await syncFolder(folder)
  await writeMark(markPath, { ...recovered.head, bytes: recovered.bytes })

  const log = new Log({ file, head: recovered.head, bytes: recovered.bytes, offsets, commitments }, clock)
  const marking = keepMark(markPath, log)
  const held = opened.move()
  const close = async () => {
    await log.stop()
    await marking.stop()
    await held.disposeAsync()
  }
  return { origin: about.origin, log, close, [Symbol.asyncDispose]: close }
}

async function readOrBegin(folder: string, host: string, clock: () => Date): Promise<About> {
  const path = join(folder, 'log.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return begin(folder, host, clock)
  }
  const about = parseAbout(text)
  if (!about) throw new Error(`${path} is damaged or of a later version`)
  return about
}

async function begin(folder: string, host: string, clock: () => Date): Promise<About> {
  if (await exists(join(folder, 'entries')))
    throw new Error(`${folder} holds entries, but its log.json is gone`)
  const origin = `${host}/${randomBytes(8).toString('hex')}/1`
  const about: About = { format: 1, origin, created: clock().toISOString() }
  if (!aboutValidator.Check(about)) throw new TypeError(`${host} cannot be part of an origin`)
  // The mark goes first: from now on a missing one means that somebody took it away.
  await writeMark(join(folder, 'mark.json'), { size: 0, bytes: 0, hash: noEntry })
  await writeDurably(join(folder, 'log.json'), `${canonicalJson(about)}\n`)
  return about
}

function parseAbout(text: string): About | null {
  try {
    const value: unknown = JSON.parse(text)
    return aboutValidator.Check(value) ? value : null
  } catch {
    return null
  }
}

/** Cuts off what a crash left half-written. It was never acknowledged; a copy is kept all the same. */
async function dropTail(
  folder: string,
  file: LogFile,
  at: Recovered,
  notice: LogSettings['notice'],
): Promise<void> {
  const size = await file.size()
  if (size === at.bytes) return
  const tail = Buffer.alloc(Math.min(size - at.bytes, 1 << 24))
  await file.read(tail, at.bytes)
  const copy = join(folder, `torn-${at.bytes}`)
  await writeFile(copy, tail, { mode: 0o600 })
  await file.truncate(at.bytes)
  notice(
    `Dropped ${size - at.bytes} bytes behind entry ${at.head.size} that no one had been told of (${at.torn}); a copy is in ${copy}.`,
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Writes the mark within a second of what it marks, and at the end. */
function keepMark(path: string, log: Log): { stop(): Promise<void> } {
  let marked = log.head.size
  const write = async () => {
    const mark = { ...log.head, bytes: log.bytes }
    if (mark.size === marked) return
    await writeMark(path, mark)
    marked = mark.size
  }
  let writing = Promise.resolve()
  const timer = setInterval(() => {
    // A disk that is full may take it the next time; the log itself says that it is full.
    writing = writing.then(write).catch(() => {})
  }, markEveryMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}

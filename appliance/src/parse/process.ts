import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TanboxError } from '../errors.ts'
import type { Block, ParsedDocument, Unit } from '../model.ts'
import { residentBytes } from './memory.ts'
import type { ParseMessage, ParseRequest } from './messages.ts'
import { mebibytes } from './parser.ts'

/** What a child process may use for one file. */
export interface ProcessLimits {
  /** Milliseconds for one file, and for each of its pages on top once their number is known. */
  timeoutMs: number
  timeoutPerPageMs: number
  /** Resident bytes of the child and its descendants. */
  maxResident: number
  /** Milliseconds between two looks at the resident memory of a busy child. */
  sampleMs: number
}

/** One child process that reads one file at a time. Whatever goes wrong ends the process, never its owner. */
export interface ParseProcess {
  readonly alive: boolean
  /** Bytes resident after its last file: a swollen child is better replaced. */
  readonly resident: number
  parse(request: ParseRequest, options: RunOptions): Promise<ParsedDocument>
  /** Kills the whole process group and waits for its end. */
  end(): Promise<void>
}

export interface RunOptions {
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

const childPath = fileURLToPath(new URL('child.ts', import.meta.url))

/**
 * Starts a child in a process group of its own. It gets no environment, and can neither write files nor start
 * programs nor load native code.
 */
export function startParseProcess(limits: ProcessLimits): ParseProcess {
  const child = fork(childPath, [], {
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    execArgv: childFlags(limits.maxResident),
  })
  child.on('error', () => {}) // a failed send or spawn also ends in 'exit' or 'close', where it is handled
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let alive = true
  void ended.then(() => {
    alive = false
  })
  const kill = () => {
    alive = false // at once: the kernel may take a while, and nobody may be given a dying child
    killGroup(child)
  }
  child.unref()
  child.channel?.unref()

  return {
    get alive() {
      return alive
    },
    get resident() {
      return residentBytes(child.pid ?? 0)
    },
    parse: (request, options) => run({ child, kill }, request, limits, options),
    async end() {
      // Its end is waited for, and comes when the channel has closed too.
      child.ref()
      child.channel?.ref()
      kill()
      await ended
    },
  }
}

/**
 * Node's flags for a child: it may read files and have one thread more, and nothing else of what Node's permission
 * model governs. V8 gives up a little before the sampler would; both end in the same sentence.
 */
export function childFlags(maxResident: number): string[] {
  const heap = Math.floor((maxResident * 0.9) / 2 ** 20)
  return [
    '--permission',
    '--allow-fs-read=*',
    '--allow-worker',
    '--no-warnings',
    `--max-old-space-size=${heap}`,
  ]
}

/** Sends one request and waits for its document, its failure, its limit or the end of the process. */
async function run(
  { child, kill }: { child: ChildProcess; kill: () => void },
  request: ParseRequest,
  limits: ProcessLimits,
  { signal, onProgress }: RunOptions,
): Promise<ParsedDocument> {
  signal?.throwIfAborted()
  const units: Unit[] = []
  const blocks: Block[] = []
  const { promise, resolve, reject } = Promise.withResolvers<ParsedDocument>()
  let deadline = limits.timeoutMs
  const started = performance.now()

  const fail = (error: unknown) => {
    kill()
    reject(error)
  }
  const watch = setInterval(() => {
    if (performance.now() - started > deadline) {
      fail(new TanboxError('file-timeout', String(Math.round(deadline / 1000))))
    } else if (residentBytes(child.pid ?? 0) > limits.maxResident) {
      fail(new TanboxError('file-memory', mebibytes(limits.maxResident)))
    }
  }, limits.sampleMs)
  const onAbort = () => fail(signal?.reason)
  const onClose = (code: number | null, killed: NodeJS.Signals | null) =>
    reject(deathOf(code, killed, limits))
  const onMessage = (message: ParseMessage) => {
    switch (message.type) {
      case 'progress':
        deadline = limits.timeoutMs + message.total * limits.timeoutPerPageMs
        onProgress?.(message.done, message.total)
        break
      case 'units':
        for (const unit of message.units) units.push(unit)
        break
      case 'blocks':
        for (const block of message.blocks) blocks.push(block)
        break
      case 'done':
        resolve({ ...message.rest, units, blocks })
        break
      case 'failed':
        reject(new TanboxError(message.code, message.detail, { cause: message.cause }))
        break
    }
  }

  signal?.addEventListener('abort', onAbort)
  child.on('message', onMessage)
  child.on('close', onClose)
  child.send(request, (error) => error && fail(error))
  try {
    return await promise
  } finally {
    clearInterval(watch)
    signal?.removeEventListener('abort', onAbort)
    child.off('message', onMessage)
    child.off('close', onClose)
  }
}

/** V8 aborts when its heap is full, and the kernel's own out-of-memory killer sends SIGKILL. */
function deathOf(code: number | null, signal: NodeJS.Signals | null, limits: ProcessLimits): TanboxError {
  const cause = new Error(`the parser process ended with ${signal ?? `code ${code}`}`)
  return signal === 'SIGABRT' || signal === 'SIGKILL' || code === 134
    ? new TanboxError('file-memory', mebibytes(limits.maxResident), { cause })
    : new TanboxError('file-parser-died', '', { cause })
}

/** The child leads a group of its own (detached), so this also ends whatever it may have started. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}

/**
 * The process in which untrusted bytes are parsed (DESIGN rule 4). Started by pool.ts only; reads one file at a
 * time, answers over the IPC channel and ends when the channel closes.
 */
import { open } from 'node:fs/promises'
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { TanboxError } from '../errors.ts'
import type { FileType } from '../model.ts'
import { type ParseMessage, type ParseRequest, slices } from './messages.ts'
import { failureOf, mebibytes, type Parser } from './parser.ts'

/** Formats are loaded when the first file of their kind comes: pdf.js alone costs 60 MB. */
const parsers: Record<FileType, () => Promise<Parser>> = {
  pdf: async () => (await import('./pdf/pdf.ts')).pdf,
  docx: async () => (await import('./docx/docx.ts')).docx,
  pptx: async () => (await import('./pptx/pptx.ts')).pptx,
  xlsx: async () => (await import('./xlsx.ts')).xlsx,
  csv: async () => (await import('./csv.ts')).csv,
  html: async () => (await import('./html/html.ts')).html,
  md: async () => (await import('./markdown.ts')).markdown,
  txt: async () => (await import('./text.ts')).text,
}

process.on('disconnect', () => process.exit(0))
endWithParent()
try {
  os.setPriority(10)
} catch {
  // Niceness is a courtesy to the box's HTTP; without the right to set it the child runs at the parent's.
}

process.on('message', (request: ParseRequest) => {
  void answer(request)
})

async function answer(request: ParseRequest): Promise<void> {
  try {
    const parser = await parsers[request.type]()
    const bytes = await readAll(request)
    const document = await parser.parse(bytes, {
      name: request.name,
      limits: request.limits,
      onProgress: throttled((done, total) => send({ type: 'progress', done, total })),
    })
    for (const message of slices(document)) send(message)
  } catch (error) {
    const { code, detail, cause } = failureOf(error, request.type)
    send({
      type: 'failed',
      code,
      detail,
      cause: cause instanceof Error ? (cause.stack ?? '') : String(cause ?? ''),
    })
  }
}

async function readAll({ path, limits }: ParseRequest): Promise<Uint8Array> {
  await using file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new TanboxError('file-unreadable', cause.code ?? 'open', { cause })
  })
  const { size } = await file.stat()
  if (size > limits.maxBytes) throw new TanboxError('file-too-large', mebibytes(limits.maxBytes))
  if (size === 0) throw new TanboxError('file-empty')
  return new Uint8Array(await file.readFile())
}

function send(message: ParseMessage): void {
  process.send?.(message)
}

/** At most ten reports a second, and always the last one. */
function throttled(report: (done: number, total: number) => void): (done: number, total: number) => void {
  let last = 0
  return (done, total) => {
    const now = performance.now()
    if (now - last < 100 && done < total && done > 0) return
    last = now
    report(done, total)
  }
}

/**
 * A parser stuck in a loop never sees the channel close. A thread of its own does: it ends the process once the
 * parent is no longer the one that started it.
 */
function endWithParent(): void {
  const watch = `setInterval(() => { if (process.ppid !== ${process.ppid}) process.kill(process.pid, 'SIGKILL') }, 1000)`
  new Worker(watch, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  }).unref()
}

import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { scopeOf } from '../../src/access/scope.ts'
import { readConfig } from '../../src/config.ts'
import { type Knowledge, openKnowledge } from '../../src/context.ts'
import type { Scope } from '../../src/model.ts'
import type { BenchDocument } from './question-set.ts'

export interface Box extends AsyncDisposable {
  knowledge: Knowledge
  scope: Scope
  /** The document of a hit, by the path of its source: every document lies in a folder named by its number. */
  documentAt(path: string): string
  passages: number
  failed: { name: string; reason: string }[]
}

/**
 * The product's own pipeline on its own data folder: files are dropped, read, cut, embedded, stored and indexed as
 * on any box. `data` keeps the folder for another run; without it a temporary one is used and removed.
 */
export async function openBox(
  documents: readonly BenchDocument[],
  options: { data?: string; onProgress?: (done: number, total: number) => void } = {},
): Promise<Box> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'tanbox-bench-')))
  const drop = join(data, 'drop')
  for (const [number, document] of documents.entries()) await drops(drop, number, document)
  const knowledge = await openKnowledge(
    readConfig({ TANBOX_DATA: data, TANBOX_REMAKE: '1', ...tuned() }),
    pino({ level: 'silent' }),
  )
  const scope = scopeOf({ kind: 'owner', via: 'token' })
  await knowledge.intake.start()
  await settled(knowledge, scope, documents.length, options.onProgress)
  const { failures } = knowledge.intake.now()
  return {
    knowledge,
    scope,
    documentAt: (path) => documents[Number(path.split('/')[0])]!.id,
    passages: (await knowledge.index.status()).passages,
    failed: failures.map(({ name, reason }) => ({ name, reason: reason.en })),
    async [Symbol.asyncDispose]() {
      await knowledge[Symbol.asyncDispose]()
      if (options.data === undefined) await rm(data, { recursive: true, force: true })
    },
  }
}

/** Settings of the embedder are taken from the environment, the rest are the product's defaults. */
function tuned(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => name.startsWith('TANBOX_EMBEDDING'))
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
}

async function drops(drop: string, number: number, document: BenchDocument): Promise<void> {
  const folder = join(drop, String(number))
  const path = join(folder, document.name)
  if (existsSync(path)) return
  await mkdir(folder, { recursive: true })
  if ('file' in document.from) await copyFile(document.from.file, path)
  else await writeFile(path, document.from.text)
}

/** Waits until every file was read or failed, and the index has what was read. */
async function settled(
  { intake, store, index }: Knowledge,
  scope: Scope,
  files: number,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  for (;;) {
    const { ready, failed } = store.sources.counts(scope)
    onProgress(ready + failed, files)
    if (ready + failed >= files && intake.now().current.length === 0) break
    await pause(500)
  }
  await index.search({ spaces: scope.spaces, terms: [], vectors: [], limit: 1 })
}

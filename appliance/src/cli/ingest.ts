import { setTimeout as pause } from 'node:timers/promises'
import type { DocumentRow, Reason, SourceState } from '../model.ts'
import { type Box, Refused } from './box.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import type { FoundFile } from './find-files.ts'
import { say } from './language.ts'
import { type Output, oneLine } from './output.ts'

export interface IngestOptions {
  files: FoundFile[]
  /** Wait until every file is searchable or has failed. */
  wait: boolean
}

interface Taken {
  path: string
  id: string | null
  name: string
  state: SourceState
  reason: Reason | null
}

const pollMs = 300

/** Sends the bytes of files to the box, and waits until they are searchable. */
export async function ingest(
  box: Box,
  options: IngestOptions,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { files } = options
  if (files.length === 0) output.remark(say(output.language, 'noFiles'))
  const taken: Taken[] = []
  for (const [index, file] of files.entries()) {
    output.progress(`${say(output.language, 'uploading')} ${index + 1}/${files.length} ${oneLine(file.name)}`)
    taken.push(await upload(box, file, signal))
  }
  if (options.wait) await waitUntilRead(box, taken, output, signal)
  output.progress('')
  const failed = taken.filter(({ state }) => state === 'failed')
  if (output.json)
    output.document({ files: taken, taken: taken.length - failed.length, failed: failed.length })
  else show(taken, options.wait, output)
  return failed.length > 0 || files.length === 0 ? exitCodes.someFilesFailed : exitCodes.ok
}

/** A file that the box refuses is one failed file; that nothing runs ends the command. */
async function upload(box: Box, file: FoundFile, signal: AbortSignal): Promise<Taken> {
  const failed = (reason: Reason): Taken => ({
    path: file.path,
    id: null,
    name: file.name,
    state: 'failed',
    reason,
  })
  try {
    const { items } = await box.upload<{
      items: { id?: string; name: string; state: SourceState; reason?: Reason }[]
    }>('/api/documents', file, signal)
    const [item] = items
    if (!item) throw new Error('the box answered without the file')
    return {
      path: file.path,
      id: item.id ?? null,
      name: file.name,
      state: item.state,
      reason: item.reason ?? null,
    }
  } catch (error) {
    if (error instanceof Refused && error.status !== 401 && error.status !== 503) return failed(error.reason)
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES' || code === 'ENOENT') {
      return failed({ code: 'file-unreadable', zh: '无法读取该文件。', en: 'The file cannot be read.' })
    }
    throw error
  }
}

/** Files are read in the order they came, so asking for the first that is still to be read is enough. */
async function waitUntilRead(box: Box, taken: Taken[], output: Output, signal: AbortSignal): Promise<void> {
  for (const [index, file] of taken.entries()) {
    while (file.id && (file.state === 'queued' || file.state === 'reading')) {
      output.progress(`${say(output.language, 'reading')} ${index + 1}/${taken.length} ${oneLine(file.name)}`)
      const row = await box.get<DocumentRow>(`/api/documents/${encodeURIComponent(file.id)}`, signal)
      file.state = row.state
      file.reason = row.reason
      if (row.state === 'queued' || row.state === 'reading') await pause(pollMs, undefined, { signal })
    }
  }
}

function show(taken: readonly Taken[], waited: boolean, output: Output): void {
  const { language } = output
  for (const { name, state, reason } of taken) {
    if (state === 'failed') output.line(`✗ ${oneLine(name)}: ${reason?.[language] ?? ''}`)
  }
  const failed = taken.filter(({ state }) => state === 'failed').length
  const done = say(language, waited ? 'ready' : 'taken')
  output.line(`${taken.length - failed} ${done}${failed > 0 ? `, ${failed} ${say(language, 'failed')}` : ''}`)
}

import { useSyncExternalStore } from 'react'
import type { DocumentRow, Reason } from '../../../src/model.ts'
import { reasonIn } from '../api/request.ts'
import type { UploadOutcome } from '../api/shapes.ts'

/**
 * The files this browser is handing to the box. It lives beside the pages, so that an upload goes on while the reader
 * asks or searches; it keeps what became of each file until the reader clears it.
 */
export interface Upload {
  key: number
  name: string
  file: File
  /** `sending` until the box has acknowledged the bytes; then the state of the document that came of them. */
  state: 'waiting' | 'sending' | 'refused' | DocumentRow['state']
  /** Share of the bytes sent, 0-1. */
  sent: number
  id: string | null
  /** Why it was refused or failed; null together with `refused` when the box was not reached. */
  reason: Reason | null
}

const atOnce = 2
let uploads: readonly Upload[] = []
let nextKey = 1
const listeners = new Set<() => void>()

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => uploads,
  )
}

export function addUploads(files: Iterable<File>): void {
  const added = Array.from(
    files,
    (file): Upload => ({
      key: nextKey++,
      name: file.name,
      file,
      state: 'waiting',
      sent: 0,
      id: null,
      reason: null,
    }),
  )
  set([...uploads, ...added])
  pump()
}

/** Sends a refused file once more. */
export function resendUpload(key: number): void {
  change(key, { state: 'waiting', sent: 0, reason: null })
  pump()
}

/** Notes what the box says about a document that came of an upload. */
export function noteDocument(row: DocumentRow): void {
  set(
    uploads.map((upload) =>
      upload.id === row.id ? { ...upload, state: row.state, reason: row.reason } : upload,
    ),
  )
}

/** Forgets a file whose document has been removed from the box. */
export function noteGone(id: string): void {
  set(uploads.filter((upload) => upload.id !== id))
}

/** Forgets everything that is over: ready, failed and refused files. */
export function clearFinished(): void {
  set(uploads.filter((upload) => !isOver(upload)))
}

export function isOver(upload: Upload): boolean {
  return upload.state === 'ready' || upload.state === 'failed' || upload.state === 'refused'
}

function pump(): void {
  const busy = uploads.filter(({ state }) => state === 'sending').length
  for (const upload of uploads.filter(({ state }) => state === 'waiting').slice(0, atOnce - busy)) {
    change(upload.key, { state: 'sending' })
    send(upload)
  }
}

// XMLHttpRequest, because fetch does not tell how much of a body has been sent.
function send({ key, file, name }: Upload): void {
  const request = new XMLHttpRequest()
  const finish = (outcome: Partial<Upload>) => {
    change(key, outcome)
    pump()
  }
  request.upload.onprogress = ({ loaded, total }) => change(key, { sent: total > 0 ? loaded / total : 0 })
  request.onerror = () => finish({ state: 'refused', reason: null })
  request.onload = () => finish(outcomeOf(request))
  request.open('POST', '/api/documents')
  const form = new FormData()
  form.append('file', file, name)
  request.send(form)
}

function outcomeOf(request: XMLHttpRequest): Partial<Upload> {
  const item =
    request.status === 202
      ? (JSON.parse(request.responseText) as { items: UploadOutcome[] }).items[0]
      : undefined
  if (!item) return { state: 'refused', reason: reasonIn(request.responseText) }
  if (item.id === undefined) return { state: 'refused', reason: item.reason ?? null }
  return { state: item.state, sent: 1, id: item.id, reason: item.reason ?? null }
}

function change(key: number, part: Partial<Upload>): void {
  set(uploads.map((upload) => (upload.key === key ? { ...upload, ...part } : upload)))
}

function set(next: readonly Upload[]): void {
  uploads = next
  for (const listener of listeners) listener()
}

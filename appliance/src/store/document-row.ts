import { catalogue, type ErrorCode, reasonOf } from '../errors.ts'
import type { DocumentRow, Reason, SourceRef, SourceState } from '../model.ts'

/** The columns from which rows for people are made; `s` is source, `d` its document (may be missing). */
export const documentColumns = `
  s.id, s.kind, s.name, s.path, s.type, coalesce(d.context_title, s.name) AS title, s.size,
  CASE WHEN s.offline = 1 THEN 'offline' ELSE s.state END AS state,
  s.reason_code AS reasonCode, s.reason_detail AS reasonDetail, coalesce(d.warnings, '[]') AS warnings,
  coalesce(d.pages, 0) AS pages, coalesce(d.passages, 0) AS passages, s.added_at AS addedAt,
  s.modified_at AS modifiedAt, coalesce(s.content, '') AS sha256`

export interface StoredDocumentRow {
  id: string
  kind: DocumentRow['kind']
  name: string
  path: string
  type: DocumentRow['type']
  title: string
  size: number
  state: SourceState
  reasonCode: string | null
  reasonDetail: string
  warnings: string
  pages: number
  passages: number
  addedAt: string
  modifiedAt: string
  sha256: string
}

export function toDocumentRow({
  reasonCode,
  reasonDetail,
  warnings,
  ...row
}: StoredDocumentRow): DocumentRow {
  return { ...row, reason: reasonFrom(reasonCode, reasonDetail), warnings: JSON.parse(warnings) }
}

/** A code that this version no longer knows (written by an older one) still has a sentence. */
export function reasonFrom(code: string | null, detail: string): Reason | null {
  if (code === null) return null
  return code in catalogue ? reasonOf(code as ErrorCode, detail) : reasonOf('internal')
}

export const sourceRefColumns = `
  s.id AS sourceId, s.name AS sourceName, s.path AS sourcePath, s.type AS sourceType,
  d.context_title AS sourceTitle, s.modified_at AS sourceModifiedAt`

export interface StoredSourceRef {
  sourceId: string
  sourceName: string
  sourcePath: string
  sourceType: SourceRef['type']
  sourceTitle: string
  sourceModifiedAt: string
}

export function toSourceRef(row: StoredSourceRef): SourceRef {
  return {
    id: row.sourceId,
    name: row.sourceName,
    path: row.sourcePath,
    type: row.sourceType,
    title: row.sourceTitle,
    modifiedAt: row.sourceModifiedAt,
  }
}

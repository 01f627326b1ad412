import type { ContentOf } from '@tanbox/ledger-node/kinds'
import type { ModelIdentity } from '../intake/pipeline.ts'

/** The part of the store's outbox that is needed (see store/outbox.ts). */
export interface ModelRows {
  has(kind: 'model', subject: string): boolean
  add(kind: 'model', subject: string, content: ContentOf<'model'>): void
}

/**
 * Puts on the ledger that a model is in use, once: whoever audits an answer can tell by which model its passages were
 * found, and since when. A model is known by the hash of its file.
 */
export function declareModel(rows: ModelRows, model: ModelIdentity, now: Date): void {
  if (rows.has('model', model.sha256)) return
  rows.add('model', model.sha256, {
    name: model.id,
    version: `${model.dimension} dimensions, ${model.maxTokens} tokens`,
    sha256: model.sha256,
    purpose: 'embedding',
    at: now.toISOString(),
  })
}

import { createHash } from 'node:crypto'
import { TanboxError } from '../errors.ts'
import type { Results } from '../store/results.ts'
import type { Settings } from '../store/settings.ts'

/** Everything by which vectors of one model are told from those of another. */
export interface ModelIdentity {
  id: string
  dimension: number
  sha256: string
  tokenizerSha256: string
  queryPrefix: string
  passagePrefix: string
  maxTokens: number
}

/** Versions of the steps from file to passage rows. What one version made is never mixed with what another did. */
export interface PipelineParts {
  extractors: Readonly<Record<string, string>>
  chunker: string
  context: string
  analyser: string
  /** Which texts of a passage are embedded, in the order of the views. */
  views: string
  model: ModelIdentity
}

/** The pipeline version: a name for exactly these parts, 32 hex digits. */
export function pipelineVersion(parts: PipelineParts): string {
  const extractors = Object.entries(parts.extractors).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const { chunker, context, analyser, views } = parts
  const told = JSON.stringify([extractors, chunker, context, analyser, views, modelKey(parts.model)])
  return createHash('sha256').update(`tanbox pipeline\n${told}`).digest('hex').slice(0, 32)
}

interface Adopted {
  version: string
  model: ModelIdentity
}

/**
 * Makes this pipeline the one of the store. Documents of another one leave the search at once and are queued to be
 * made anew. A change of the model costs hours on a full box, so it has to be asked for.
 * @throws TanboxError `model-changed`
 */
export function adoptPipeline(
  store: { settings: Settings; results: Pick<Results, 'remake' | 'holdsDocuments'> },
  parts: PipelineParts,
  options: { remake: boolean },
): string {
  const version = pipelineVersion(parts)
  const before = store.settings.get<Adopted>('pipeline')
  if (before?.version === version) return version
  const { model } = parts
  if (
    before &&
    modelKey(before.model) !== modelKey(model) &&
    !options.remake &&
    store.results.holdsDocuments()
  )
    throw new TanboxError('model-changed', `${before.model.id} → ${model.id}`)
  const queued = store.results.remake(version)
  store.settings.set('remaking', queued)
  store.settings.set('pipeline', { version, model } satisfies Adopted)
  return version
}

function modelKey(model: ModelIdentity): string {
  const { id, dimension, sha256, tokenizerSha256, queryPrefix, passagePrefix, maxTokens } = model
  return JSON.stringify([id, dimension, sha256, tokenizerSha256, queryPrefix, passagePrefix, maxTokens])
}

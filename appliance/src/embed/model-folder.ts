import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'
import { TanboxError } from '../errors.ts'
import type { EmbeddingModel } from './embedder.ts'
import { readTokenizer } from './read-tokenizer.ts'
import type { TokenizerSource } from './tokenizer.ts'

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const File = Type.Object({ name: Type.String({ pattern: '^[^/\\\\]+$' }), sha256: Sha256 })

/** How the vector is taken from the model's output. `none`: the graph pools and normalises itself. */
const Pooling = Type.Union([Type.Literal('none'), Type.Literal('first-token'), Type.Literal('mean')])
export type Pooling = Static<typeof Pooling>

/** `model.json` beside a model. */
const Manifest = Type.Object({
  id: Type.String({ minLength: 1 }),
  dimension: Type.Integer({ minimum: 1, maximum: 8192 }),
  maxTokens: Type.Integer({ minimum: 8, maximum: 8192 }),
  queryPrefix: Type.String(),
  passagePrefix: Type.String(),
  output: Type.String({ minLength: 1 }),
  pooling: Pooling,
  model: File,
  tokenizer: File,
})
export type Manifest = Static<typeof Manifest>

/** A folder as the models in ../shared come: no manifest, but reference vectors that tell the same. */
const Reference = Type.Object({
  model: Type.String({ minLength: 1 }),
  prefix: Type.Object({ query: Type.String(), passage: Type.String() }),
  max_tokens: Type.Integer({ minimum: 8, maximum: 8192 }),
  pooling: Type.Optional(Type.String()),
  items: Type.Array(Type.Object({ vector: Type.Array(Type.Number()) }), { minItems: 1 }),
})

export interface ModelFolder {
  model: EmbeddingModel
  /** Path of the ONNX file, checked. */
  file: string
  tokenizer: TokenizerSource
  output: string
  pooling: Pooling
}

/**
 * Opens a folder that holds an embedding model and checks its bytes.
 * @throws TanboxError `model-missing`, `model-unknown` (not described, or not understood), `model-damaged`
 */
export async function openModelFolder(folder: string): Promise<ModelFolder> {
  const described = (await readManifest(folder)) ?? (await deriveManifest(folder))
  const { id, dimension, maxTokens, queryPrefix, passagePrefix, output, pooling } = described
  const file = join(folder, described.model.name)
  const sha256 = await sha256OfFile(file).catch((cause) => {
    throw new TanboxError('model-missing', file, { cause })
  })
  if (described.model.sha256 !== undefined && described.model.sha256 !== sha256) {
    throw new TanboxError('model-damaged', file)
  }
  const tokenizer = await readTokenizer(join(folder, described.tokenizer.name), described.tokenizer.sha256)
  return {
    model: {
      id,
      dimension,
      sha256,
      tokenizerSha256: tokenizer.sha256,
      queryPrefix,
      passagePrefix,
      maxTokens,
    },
    file,
    tokenizer: tokenizer.source,
    output,
    pooling,
  }
}

type Description = Omit<Manifest, 'model' | 'tokenizer'> & {
  model: { name: string; sha256?: string }
  tokenizer: { name: string; sha256?: string }
}

async function readManifest(folder: string): Promise<Description | null> {
  const json = await readJson(join(folder, 'model.json'))
  if (json === null) return null
  if (Value.Check(Manifest, json)) return json
  const [first] = Value.Errors(Manifest, json)
  throw new TanboxError('model-unknown', `${folder}: model.json ${first?.instancePath} ${first?.message}`)
}

async function deriveManifest(folder: string): Promise<Description> {
  const json = await readJson(join(folder, 'reference.json'))
  if (json === null) throw new TanboxError('model-missing', folder)
  if (!Value.Check(Reference, json)) throw new TanboxError('model-unknown', folder)
  const pooling = derivePooling(json.pooling)
  if (pooling === null) throw new TanboxError('model-unknown', `${basename(folder)}: ${json.pooling}`)
  return {
    id: json.model,
    dimension: json.items[0]!.vector.length,
    maxTokens: json.max_tokens,
    queryPrefix: json.prefix.query,
    passagePrefix: json.prefix.passage,
    output: pooling === 'none' ? 'sentence_embedding' : 'last_hidden_state',
    pooling,
    model: { name: 'model.onnx' },
    tokenizer: { name: 'tokenizer.json' },
  }
}

function derivePooling(description: string | undefined): Pooling | null {
  if (description === undefined) return 'none'
  if (description.startsWith('first token')) return 'first-token'
  if (description.startsWith('mean')) return 'mean'
  return null
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new TanboxError('model-unknown', path, { cause })
  }
}

/** SHA-256 of a file, hex, read through one buffer: a model need not fit the heap. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024)
  await using handle = await open(path)
  for (;;) {
    const { bytesRead } = await handle.read(buffer)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
  }
}

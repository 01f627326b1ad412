import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { TanboxError } from '../../src/errors.ts'
import type { PipelineParts } from '../../src/intake/pipeline.ts'
import type { Steps } from '../../src/intake/steps.ts'
import { fileTypeOf } from '../../src/parse/file-type.ts'
import { markdown } from '../../src/parse/markdown.ts'
import { defaultLimits } from '../../src/parse/parser.ts'
import { text } from '../../src/parse/text.ts'
import { chunk } from '../../src/passages/chunk.ts'
import { inContext } from '../../src/passages/context.ts'
import { analyse } from '../../src/search/analyse.ts'
import { packTerms } from '../../src/search/term-row.ts'

/**
 * The real steps for plain texts, in this process, with one stand-in that makes a test quick: vectors are made of
 * the SHA-256 of their text, so that equal texts have equal vectors on every run. Tokens are counted as characters.
 */
export function plainSteps(pace: { parseMs?: number; embedMs?: number } = {}): Steps {
  const countTokens = async (texts: string[]) => texts.map((each) => each.length)
  return {
    fileTypeOf,
    async parse({ path, name, type }, { signal }) {
      if (pace.parseMs) await delay(pace.parseMs, undefined, { signal })
      const bytes = await readFile(path)
      if (bytes.includes('PARSER-FAULT')) throw new Error('a fault nobody foresaw')
      if (type !== 'txt' && type !== 'md') throw new TanboxError('file-broken', type)
      return (type === 'md' ? markdown : text).parse(bytes, { name, limits: defaultLimits, signal })
    },
    chunk: (document, options) => chunk(document, { ...options, countTokens }),
    async embed(texts, { signal }) {
      if (pace.embedMs) await delay(pace.embedMs * texts.length, undefined, { signal })
      return texts.map(hashVector)
    },
    views: [inContext],
    words: (passage) => packTerms(analyse(inContext(passage))),
  }
}

export const hashDimension = 8

/** A unit vector made of the first bytes of the text's SHA-256. */
export function hashVector(of: string): Float32Array {
  const digest = createHash('sha256').update(of).digest()
  const raw = Float32Array.from(digest.subarray(0, hashDimension), (byte) => byte - 127.5)
  const length = Math.hypot(...raw)
  return raw.map((value) => value / length)
}

export function plainParts(model: string = 'hash'): PipelineParts {
  return {
    ...{ extractors: { txt: '1', md: '1' }, chunker: '1', context: '1', analyser: '1', views: 'in-context' },
    model: {
      ...{ id: model, dimension: hashDimension, sha256: model, tokenizerSha256: '', maxTokens: 512 },
      ...{ queryPrefix: '', passagePrefix: '' },
    },
  }
}

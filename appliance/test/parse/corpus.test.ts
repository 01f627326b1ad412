/** Reads a sample of ../shared through the pool; all of it: `sh bin/node24 appliance/test/parse/corpus.ts`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { TanboxError } from '../../src/errors.ts'
import type { ParsedDocument } from '../../src/model.ts'
import { fileTypeOf } from '../../src/parse/file-type.ts'
import { createParsePool } from '../../src/parse/pool.ts'
import { breachOf } from './invariants.ts'
import { textAt } from './reading.ts'

const shared = path.resolve(import.meta.dirname, '../../../../shared')
const formats = path.join(shared, 'corpora/formats')
const policies = path.join(shared, 'bench/policy-qa-dev')
const pool = createParsePool({ processes: 2 })
t.teardown(() => pool.close())

const read = async (file: string): Promise<ParsedDocument> => {
  const name = path.basename(file)
  const type = fileTypeOf(name, readFileSync(file).subarray(0, 65536))
  if (type === null) throw new TanboxError('file-type-unknown')
  return pool.parse({ path: file, name, type })
}

const absent = (folder: string) => (existsSync(folder) ? false : `${folder} is not here`)

t.test(
  'a sample of odd, broken and encrypted files: each ends in blocks or in a code',
  { skip: absent(formats), timeout: 100_000 },
  async (t) => {
    const files = readdirSync(formats, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .filter((_, i) => i % 12 === 5)
    const outcomes = await Promise.all(
      files.map((file) =>
        read(file).then(
          (document) => breachOf(document),
          (error) => error,
        ),
      ),
    )
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome === null) continue
      const died =
        outcome instanceof TanboxError
          ? ['file-parser-died', 'file-timeout', 'file-memory'].includes(outcome.code)
          : true
      t.notOk(died, `${files[i]}: ${outcome}`)
    }
    t.ok(
      outcomes.filter((outcome) => outcome === null).length > files.length / 3,
      'a good part of them is read',
    )
  },
)

t.test(
  'all evidence of the policy questions stands in blocks of its document',
  { skip: absent(policies), timeout: 110_000 },
  async (t) => {
    const squeeze = (text: string) => text.normalize('NFKC').replace(/\s+/g, '')
    const questions: { id: string; evidence?: Evidence[] }[] = readFileSync(
      path.join(policies, 'questions.jsonl'),
      'utf8',
    )
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const evidence = questions.flatMap((question) => question.evidence ?? []).filter((_, i) => i % 3 === 0)
    const wanted = new Set(evidence.map((one) => one.doc))
    const files = readdirSync(path.join(policies, 'docs')).filter((name) => wanted.has(name.split('-')[0]!))
    const texts = new Map<string, string>()
    await Promise.all(
      files.map(async (name) => {
        const document = await read(path.join(policies, 'docs', name))
        t.equal(breachOf(document), null, name)
        t.ok(document.title, `${name} has a title`)
        texts.set(name.split('-')[0]!, squeeze(blockTexts(document)))
      }),
    )
    for (const { doc, quote } of evidence) t.ok(texts.get(doc)?.includes(squeeze(quote)), `${doc}: ${quote}`)
  },
)

interface Evidence {
  doc: string
  quote: string
}

function blockTexts(document: ParsedDocument): string {
  return document.blocks
    .flatMap((block) => [...block.spans, ...(block.table?.rows.flat() ?? [])])
    .map((span) => textAt(document, span))
    .join('')
}

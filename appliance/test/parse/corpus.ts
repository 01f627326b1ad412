/**
 * Reads every file below a folder through the pool, as the box would, and says what became of it:
 *   sh bin/node24 appliance/test/parse/corpus.ts [FOLDER] [--list]
 * Exits with 1 if a document breaks an invariant, a file ends in anything but a code of the catalogue, or a parser
 * died or ran out of its limits.
 */
import { open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { TanboxError } from '../../src/errors.ts'
import { fileTypeOf } from '../../src/parse/file-type.ts'
import { createParsePool } from '../../src/parse/pool.ts'
import { breachOf } from './invariants.ts'

const shared = path.resolve(import.meta.dirname, '../../../../shared/corpora/formats')
const [folder = shared] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const list = process.argv.includes('--list')

const entries = await readdir(folder, { recursive: true, withFileTypes: true })
const files = entries
  .filter((entry) => entry.isFile())
  .map((entry) => path.join(entry.parentPath, entry.name))
const outcomes = new Map<string, number>()
const wrong: string[] = []
let pages = 0
const started = performance.now()
const pool = createParsePool({ processes: 2 })
await Promise.all(files.map(readOne))
await pool.close()

const seconds = (performance.now() - started) / 1000
for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1])) console.log(`${count}\t${outcome}`)
console.log(`${files.length} files, ${pages} pages, ${seconds.toFixed(1)} s`)
for (const one of wrong) console.log(`wrong: ${one}`)
process.exitCode = wrong.length > 0 ? 1 : 0

async function readOne(file: string): Promise<void> {
  const name = path.relative(folder, file)
  let outcome: string
  try {
    const type = fileTypeOf(name, await head(file))
    if (type === null) throw new TanboxError('file-type-unknown')
    const document = await pool.parse({ path: file, name, type })
    const breach = breachOf(document)
    if (breach) wrong.push(`${name}: ${breach}`)
    pages += document.pages
    outcome = `read as ${type}`
    if (list)
      console.log(
        `${name}\t${document.blocks.length} blocks\t${document.title ?? ''}\t${document.warnings.join('; ')}`,
      )
  } catch (error) {
    if (!(error instanceof TanboxError)) throw error
    outcome = error.code
    if (['file-parser-died', 'file-timeout', 'file-memory', 'internal'].includes(error.code)) {
      wrong.push(`${name}: ${error.code} ${error.detail}`)
    }
    if (list) console.log(`${name}\t${error.code}\t${error.detail}\t${String(error.cause).split('\n')[0]}`)
  }
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
}

async function head(file: string): Promise<Uint8Array> {
  await using handle = await open(file)
  const buffer = new Uint8Array(64 * 1024)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  return buffer.subarray(0, bytesRead)
}

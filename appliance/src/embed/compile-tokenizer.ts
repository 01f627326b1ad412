/**
 * Makes the compact table that the appliance carries from a model's tokenizer.json:
 *   sh bin/node24 appliance/src/embed/compile-tokenizer.ts ../shared/models/multilingual-e5-small/tokenizer.json \
 *     appliance/models/multilingual-e5-small/tokenizer.bin
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { unigramSource } from './unigram-source.ts'
import { encodeTable } from './unigram-table.ts'

const [from, to] = process.argv.slice(2)
if (!from || !to) {
  console.error('usage: compile-tokenizer.ts TOKENIZER.JSON TOKENIZER.BIN')
  process.exit(2)
}
const source = unigramSource(JSON.parse(readFileSync(from, 'utf8')))
if (!source) {
  console.error(`${from} is not a Unigram tokenizer with Metaspace: there is no compact form for it`)
  process.exit(1)
}
writeFileSync(to, new Uint8Array(encodeTable(source)))

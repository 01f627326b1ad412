import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { emptyHead, follow } from '../src/chain.ts'
import { decodeEntry, leafHash, opens } from '../src/entry.ts'
import { commitTo, kinds } from '../src/kinds.ts'

const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8')

/** The fenced blocks of this kind, in their order. */
function examples(kind: string): string[] {
  return [...spec.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)\n\`\`\`$`, 'gms'))].map(([, text]) => text!)
}

t.test('the commitment of the example is recomputed, without our own code too', async (t) => {
  const [content, salt, commitment] = ['text content', 'text salt', 'text commitment'].map(
    (kind) => examples(kind)[0]!,
  )
  t.ok(opens(commitment!, content!, salt!))
  t.equal(createHmac('sha256', Buffer.from(salt!, 'hex')).update(content!, 'utf8').digest('hex'), commitment)
  t.equal(commitTo('source-removed', JSON.parse(content!)).canonical, content, 'it is the canonical form')
  t.equal(decodeEntry(Buffer.from(examples('text entry')[0]!)).commitment, commitment)
})

t.test('the entries of the example chain, and have the leaf hashes that are said', async (t) => {
  let head = emptyHead
  for (const [index, text] of examples('text entry').entries()) {
    const bytes = Buffer.from(text)
    head = follow(head, bytes).head
    t.equal(head.hash, examples('text leaf')[index])
    t.equal(createHash('sha256').update(Buffer.of(0)).update(bytes).digest('hex'), leafHash(bytes))
  }
  t.equal(head.size, 2)
})

t.test('every kind of the table is in the specification', async (t) => {
  for (const kind of Object.keys(kinds)) t.ok(new RegExp(`^\\| \`${kind}\` +\\|`, 'm').test(spec), kind)
})

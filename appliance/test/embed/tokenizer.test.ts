import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createJsonTokenizer } from '../../src/embed/json-tokenizer.ts'
import { truncate } from '../../src/embed/tokenizer.ts'
import { createUnigramTokenizer } from '../../src/embed/unigram.ts'
import { unigramSource } from '../../src/embed/unigram-source.ts'
import { decodeTable, encodeTable } from '../../src/embed/unigram-table.ts'

const folder = join(import.meta.dirname, '../../models/multilingual-e5-small')
const shared = join(import.meta.dirname, '../../../../shared')
const original = join(shared, 'models/multilingual-e5-small/tokenizer.json')
const bytes = readFileSync(join(folder, 'tokenizer.bin'))
const carried = createUnigramTokenizer(decodeTable(Uint8Array.from(bytes).buffer))

t.test('the ids are those of the reference', async (t) => {
  const { prefix, items, max_tokens } = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as {
    prefix: Record<string, string>
    max_tokens: number
    items: { kind: string; text: string; input_ids: number[] }[]
  }
  for (const { kind, text, input_ids } of items)
    t.same(truncate(carried.encode(prefix[kind] + text), max_tokens), input_ids)
})

t.test('a text that is too long keeps its closing token', async (t) => {
  const ids = carried.encode('碳'.repeat(2000))
  t.same(truncate(ids, 512).length, 512)
  t.equal(truncate(ids, 512).at(-1), ids.at(-1))
})

t.test('bytes of another make are refused', async (t) => {
  t.throws(() => decodeTable(new ArrayBuffer(4)))
  t.throws(() => decodeTable(Uint8Array.from(bytes.subarray(1)).buffer))
})

t.test('other kinds of tokenizer are left to the library', async (t) => {
  const json = {
    added_tokens: [],
    normalizer: { type: 'BertNormalizer' },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'TemplateProcessing' },
    model: { type: 'WordPiece', vocab: [] },
  }
  t.equal(unigramSource(json), null)
})

t.test('long runs take time in proportion to their length', async (t) => {
  const time = (text: string) => {
    const start = performance.now()
    carried.encode(text)
    return performance.now() - start
  }
  for (const unit of ['a', '碳', ' ', '▁', '\u0301\u0327', 'ﷺ', '<s>', '🌱', '\ud800']) {
    time(unit.repeat(1000))
    const [short, long] = [time(unit.repeat(20_000)), time(unit.repeat(80_000))]
    t.ok(long < 2000, `${JSON.stringify(unit)}: ${short.toFixed()} and ${long.toFixed()} ms`)
  }
})

const withShared = { skip: existsSync(original) ? false : '../shared is not here' }
t.test('against the original tokenizer (read from ../shared)', withShared, async (t) => {
  const json = readFileSync(original, 'utf8')
  const library = createJsonTokenizer(json)
  const differences = (texts: Iterable<string>) =>
    [...texts].filter((text) => {
      const [ours, theirs] = [carried.encode(text), library.encode(text)]
      return ours.length !== theirs.length || ours.some((id, i) => id !== theirs[i])
    })

  t.test('the table is what the committed program makes of it', async (t) => {
    const source = unigramSource(JSON.parse(json))
    t.ok(source && Buffer.from(encodeTable(source)).equals(bytes))
  })

  t.test('equal ids for special tokens in the text, however they are written', async (t) => {
    const texts = [
      '<s>',
      '＜s＞',
      'a ＜s＞',
      '<unk><unk>',
      '〿<unk>〿',
      '〿〿',
      'x ＜unk＞ 〿y',
      'a  <mask> b',
      ' <mask>',
    ]
    t.same(differences([...texts, '<<s>>', '</s', '\ufeff<mask>', '<pad>\n</s>', '', ' ', '▁▁a', '\0']), [])
  })

  t.test('equal ids for texts of every corpus', async (t) => {
    const texts = readdirSync(join(shared, 'bench')).flatMap((name) => {
      const file = join(shared, 'bench', name, 'corpus.jsonl')
      if (!existsSync(file)) return []
      const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
      return lines.slice(0, 100).map((line) => (JSON.parse(line) as { text: string }).text)
    })
    t.ok(texts.length > 100)
    t.same(differences(texts), [])
  })

  t.test('equal ids for random text of every script', async (t) => {
    t.same(differences(randomTexts(5000)), [])
  })
})

function* randomTexts(count: number): Generator<string> {
  const blocks = [
    ...[
      0, 0x80, 0, 0x250, 0x300, 0x370, 0x600, 0x700, 0xe00, 0xe80, 0x1100, 0x1200, 0x2000, 0x2070, 0x2100,
      0x2700,
    ],
    ...[0x3000, 0x3400, 0x4e00, 0x9fff, 0xac00, 0xd7a4, 0xd800, 0xe000, 0xf900, 0x10000, 0x1d400, 0x1d800],
    ...[0x1f300, 0x1fa00, 0x20000, 0x20100, 0, 0x110000],
  ]
  const words = [
    '<s>',
    '</s>',
    '<pad>',
    '<unk>',
    '<mask>',
    ' ',
    '  ',
    '▁',
    '<',
    '＜',
    's＞',
    '\n',
    '\t',
    '的',
    'ing',
  ]
  let state = 20261123
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const character = (block: number) => {
    const [from, to] = [blocks[2 * block]!, blocks[2 * block + 1]!]
    return String.fromCodePoint(from + below(to - from))
  }
  for (let i = 0; i < count; i++) {
    const main = below(blocks.length / 2)
    let text = ''
    for (let length = below(40); length > 0; length--) {
      const other = below(10) < 2 ? below(blocks.length / 2) : main
      text += below(12) === 0 ? words[below(words.length)]! : character(other)
    }
    yield text
  }
}

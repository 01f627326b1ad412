/** Chunks that are recognised by their form give what they give when they are parsed. */
import t from 'tap'
import { readChunk } from '../../src/providers/openai/chunk.ts'
import { createChunkTemplate } from '../../src/providers/openai/chunk-template.ts'
import { createRandom } from '../support/random.ts'

const chunkOf = (delta: object, more: object = {}) =>
  JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: null }], ...more })

/** How often a whole chunk was parsed beside the lessons. */
function reading() {
  const template = createChunkTemplate(readChunk)
  let parsed = 0
  return {
    take(data: string) {
      const known = template.match(data)
      if (known) return known
      parsed += 1
      const chunk = readChunk(data)
      template.learn(data, chunk)
      return chunk
    },
    get parsed() {
      return parsed
    },
  }
}

t.test('what one chunk has taught is enough for those like it', async (t) => {
  for (const name of ['content', 'reasoning', 'reasoning_content']) {
    const reader = reading()
    const texts = ['能', '耗', '"', '\\', '\n', '😀', '\u0000', '', 'a"b\\c', '"},{"content":"x']
    for (const text of texts) {
      const data = chunkOf({ [name]: text })
      t.same(reader.take(data), readChunk(data), `${name}: ${JSON.stringify(text)}`)
    }
    t.equal(reader.parsed, 1)
  }
})

t.test('escaped text and blanks between members are a form as well', async (t) => {
  const reader = reading()
  const form = (text: string) => `{ "choices" : [ { "delta" : { "content" : "${text}" , "role": null } } ] }`
  for (const text of ['\\u80fd', '\\u8017', 'x', '\\ud83d\\ude00']) {
    t.same(reader.take(form(text)), readChunk(form(text)))
  }
  t.equal(reader.parsed, 1)
})

t.test('a chunk of another form is parsed', async (t) => {
  const reader = reading()
  const usage = { prompt_tokens: 1, completion_tokens: 2 }
  const others = [
    chunkOf({ content: 'a' }),
    chunkOf({ content: 'b', role: 'assistant' }),
    chunkOf({ content: 'c', reasoning: 'r' }),
    chunkOf({ content: 'd' }, { usage }),
    chunkOf({ content: 'a' }),
    chunkOf({ content: null }),
    chunkOf({ content: 5 }),
    chunkOf({ content: ['x'] }),
    JSON.stringify({ choices: [{ delta: { content: 'e' }, finish_reason: 'stop' }] }),
  ]
  for (const data of others) t.same(reader.take(data), readChunk(data), data)
})

t.test('text that names its own member elsewhere is not taken for it', async (t) => {
  const decoys = [
    (text: string) => chunkOf({ tool: { content: 'tool' }, content: text }),
    (text: string) => `{"note":"\\"content\\":\\"x\\"","choices":[{"delta":{"content":"${text}"}}]}`,
    // The last of two members of one name counts.
    (text: string) => `{"choices":[{"delta":{"content":"old","content":"${text}"}}]}`,
    (text: string) => `{"choices":[{"delta":{"content":"${text}","content":"new"}}]}`,
  ]
  for (const form of decoys) {
    const reader = reading()
    for (const text of ['one', 'two', 'tool', 'x']) t.same(reader.take(form(text)), readChunk(form(text)))
  }
})

t.test('what is no chunk stays an error, whatever came before', async (t) => {
  const broken = [
    '{"id":"c","choices":[{"index":0,"delta":{"content":"a" "b"},"finish_reason":null}]}',
    '{"id":"c","choices":[{"index":0,"delta":{"content":"a\nb"},"finish_reason":null}]}',
    '{"id":"c","choices":[{"index":0,"delta":{"content":"\\x"},"finish_reason":null}]}',
    '{"id":"c","choices":[{"index":0,"delta":{"content":"},"finish_reason":null}]}',
    '{"id":"c","choices":[{"index":0,"delta":{"content":},"finish_reason":null}]}',
  ]
  for (const data of broken) {
    const reader = reading()
    reader.take(chunkOf({ content: 'x' }))
    t.throws(() => reader.take(data), { code: 'model-bad-response' }, data)
  }
})

t.test('a stream whose chunks all differ is not learned for ever', async (t) => {
  let asked = 0
  const template = createChunkTemplate((data) => {
    asked += 1
    return readChunk(data)
  })
  for (let at = 0; at < 100; at += 1) {
    const data = chunkOf({ content: 'x' }, { usage: null, at })
    t.equal(template.match(data), null)
    template.learn(data, readChunk(data))
  }
  t.ok(asked <= 8, `${asked} lessons`)
})

t.test('chunks made at random give the same either way', async (t) => {
  const random = createRandom(7)
  const pieces = ['a', '"', '\\', '\n', '能', '😀', '\\u0041', '{', '}', ',', ':', '"content":"', '\u2028']
  const reader = reading()
  for (let at = 0; at < 5000; at += 1) {
    let text = ''
    for (let left = random.below(5); left > 0; left -= 1) text += random.pick(pieces)
    const delta = random.chance(0.9) ? { content: text } : { reasoning_content: text }
    const data = chunkOf(delta, random.chance(0.05) ? { extra: text } : {})
    t.same(reader.take(data), readChunk(data))
  }
  t.ok(reader.parsed < 4000, `${reader.parsed} of 5000 were parsed`)
})

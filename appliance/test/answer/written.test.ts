import t from 'tap'
import { readMarker } from '../../src/answer/marker.ts'
import { createWrittenReader, type Written } from '../../src/answer/written.ts'

const quoted = 'http://www.gov.cn/zhengce'

/** Text with `{n,…}` where a citation stood. */
const read = (pieces: Iterable<string>): string => {
  const reader = createWrittenReader((url) => url === quoted)
  const written: Written[] = []
  for (const piece of pieces) written.push(...reader.push(piece))
  written.push(...reader.end())
  return written.map((one) => (one.type === 'text' ? one.text : `{${one.numbers.join()}}`)).join('')
}

t.test('citations are recognised in the shapes that models write', async (t) => {
  const shapes: Record<string, number[]> = {
    '[1]': [1],
    '[12]': [12],
    '[1,2]': [1, 2],
    '[1, 3]': [1, 3],
    '[1、2]': [1, 2],
    '[1，2；3]': [1, 2, 3],
    '[1-3]': [1, 2, 3],
    '[2–4, 7]': [2, 3, 4, 7],
    '[1, 1]': [1],
    '【1】': [1],
    '【2†source】': [2],
    '【3†L10-L12】': [3],
    '［１］': [1],
    '〔1〕': [1],
    '[^1]': [1],
    '[passage 1]': [1],
    '[Passages 1 & 2]': [1, 2],
    '[Source: 4]': [4],
    '[citation:5]': [5],
    '[资料1]': [1],
    '[资料1、资料3]': [1, 3],
    '[来源 2]': [2],
    '[ 7 ]': [7],
  }
  for (const [shape, numbers] of Object.entries(shapes)) t.same(readMarker(shape), numbers, shape)
})

t.test('other brackets stay text', async (t) => {
  for (const shape of [
    '[2023]',
    '〔2021〕',
    '[0]',
    '[100]',
    '[5-3]',
    '[1-99]',
    '[]',
    '[a]',
    '[1a]',
    '[注1]',
    '[1.5]',
    '(1)',
    '（1）',
    '[1】',
    '[第1条]',
  ])
    t.equal(readMarker(shape), null, shape)
})

t.test('text and citations come apart however the answer was cut', async (t) => {
  const cases: [written: string, expected: string][] = [
    ['达到 20% [1][2]。下一句【3†source】。', '达到 20%{1,2}。下一句{3}。'],
    ['Up to 20% [1]. Then [2] more', 'Up to 20%{1}. Then{2} more'],
    ['a [1]b', 'a {1}b'],
    ['国发〔2021〕4号 [1]', '国发〔2021〕4号{1}'],
    ['[[1]] and [[2][3]]', '{1} and{2,3}'],
    ['array[i] and "[x]"', 'array[i] and "[x]"'],
    ['见 [2023] 年', '见 [2023] 年'],
    ['😀[1]😀', '😀{1}😀'],
    ['\\[1\\]', '{1}'],
    ['行尾[1]\n[2] 行首', '行尾{1}\n{2} 行首'],
    ['open [1', 'open [1'],
    ['trailing space [1]  ', 'trailing space{1}'],
  ]
  for (const [written, expected] of cases)
    for (const size of [1, 2, 3, 7, 1000])
      t.equal(
        read(written.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []),
        expected,
        `${written} by ${size}`,
      )
})

t.test('taking something out never joins the rest to a new citation, link or tag', async (t) => {
  for (const written of [
    '[[2]1]',
    '[<br>1]',
    '[[1](http://x)2]',
    '[1<img src=x>]',
    '[' + '<b' + '<sub>1</sub>' + ']',
    '[[[[[3]2]1]]]',
  ])
    t.notMatch(read(written).replace(/\{[\d,]*\}/g, ''), /\[[\s\d,]*\d\]/, written)
  t.notMatch(read('htt<br>p://evil.example/x '), /http:/)
  t.notMatch(read('<<br>img src=x onerror=y>'), /<img/)
  const deep = `${'['.repeat(70)}1]${']'.repeat(69)}`
  t.notMatch(read([...deep]).replace(/\{[\d,]*\}/g, ''), /\[1\]/)
})

t.test('links, remote images, addresses and markup are taken out', async (t) => {
  t.equal(read('see [the rules](https://evil.example/?q=1) here'), 'see the rules here')
  t.equal(read('![logo](https://evil.example/p.png)正文'), 'logo正文')
  t.equal(read('[1](https://evil.example/1) 后文'), '{1} 后文')
  t.equal(read('打开 https://evil.example/a?b=c，再看'), '打开 ，再看')
  t.equal(read('<a href="https://evil.example">x</a>y<script>z</script>'), 'xyz')
  t.equal(read('<https://evil.example/x>'), '')
  t.equal(read(`详见 ${quoted}。`), `详见 ${quoted}。`, 'an address that a sent passage holds stays')
  t.equal(read('若 a<b 且 c>d，则 x[i](见附注)'), '若 a<b 且 c>d，则 xi')
})

t.test(
  'surrogate pairs cut in two arrive whole, and lone halves become replacement characters',
  async (t) => {
    t.equal(read(['汉\ud83d', '\ude00字']), '汉😀字')
    t.equal(read(['x\ud83d']), 'x\ufffd')
    t.ok(read(['a\udc00b', '\ud800']).isWellFormed())
  },
)

t.test('a hostile stream costs little time and is not kept back for ever', async (t) => {
  for (const piece of ['[', '[[1]', '<img a', 'http://a', '![', '[1](', '\\', ' [1]', '⟦']) {
    const reader = createWrittenReader(() => false)
    const begun = performance.now()
    let text = ''
    for (let index = 0; index < 800; index++)
      for (const one of reader.push(piece)) text += one.type === 'text' ? one.text : ''
    for (const one of reader.end()) text += one.type === 'text' ? one.text : ''
    t.notMatch(text, /\[1\]|<img[^<]*>|https?:\/\//, JSON.stringify(piece))
    t.ok(performance.now() - begun < 5000, `${JSON.stringify(piece)} in time`)
  }
})

t.test(
  'any mixture of fragments reads the same in any cut, and leaves no citation, link or address in the text',
  async (t) => {
    const random = seeded(20261123)
    const fragments = [
      '[',
      ']',
      '[1]',
      '[2',
      '1]',
      ',',
      '-',
      '【',
      '】',
      '†',
      ' ',
      '\n',
      '。',
      '节能',
      'x',
      '(',
      ')',
      '](',
      'http://e.cn/',
      'www.',
      '!',
      '<',
      'img ',
      '>',
      '<br>',
      '\\',
      '^',
      '😀',
      '20%',
      '[2023]',
    ]
    for (let round = 0; round < 1500; round++) {
      const written = Array.from({ length: 3 + random(18) }, () => fragments[random(fragments.length)]).join(
        '',
      )
      const whole = read([written])
      t.equal(read(Array.from(written)), whole, JSON.stringify(written))
      const text = whole.replace(/\{[\d,]+\}/g, '')
      t.notMatch(
        text,
        /\[ *[1-9]\d? *\]|【 *[1-9]\d? *】|https?:\/\/[a-z]|<img[^<>]*>/,
        JSON.stringify(written),
      )
    }
  },
)

/** A small linear congruential generator, so that failures repeat. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

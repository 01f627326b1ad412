import t from 'tap'
import { originalSpans } from '../../src/passages/mapped-text.ts'
import { normalise, normalisePreformatted } from '../../src/passages/normalise.ts'

function read(text: string) {
  const units = [{ kind: 'page' as const, label: '1', text }]
  const result = normalise([{ unit: 0, start: 0, end: text.length }], units)
  /** What the words of the result were in the original. */
  const original = (words: string) => {
    const start = result.text.indexOf(words)
    return originalSpans(result, start, start + words.length).map((span) => text.slice(span.start, span.end))
  }
  return { text: result.text, original }
}

t.test('radicals that browsers print for characters become the characters', async (t) => {
  const { text, original } = read('⽓候与⻩⻛')
  t.equal(text, '气候与黄风')
  t.same(original('气候'), ['⽓候'])
  t.same(original('黄风'), ['⻩⻛'])
})

t.test('compatibility forms are folded and lead back to what was printed', async (t) => {
  const { text, original } = read('ﬁnal：１２％ é')
  t.equal(text, 'final:12% é')
  t.same(original('f'), ['ﬁ'], 'half a ligature is the ligature')
  t.same(original('12%'), ['１２％'])
  t.same(original('é'), ['é'])
})

t.test(
  'Chinese lines join without a space, Latin ones with one, hyphenated words are made whole',
  async (t) => {
    t.equal(read('应对气候\n变化').text, '应对气候变化')
    t.equal(read('到 2025\n年').text, '到 2025年')
    t.equal(read('carbon\r\nmarket').text, 'carbon market')
    t.equal(read('an effi-\ncient boiler').text, 'an efficient boiler')
    t.equal(read('2019-\n2021').text, '2019- 2021')
    t.same(read('an effi-\ncient boiler').original('efficient'), ['effi', 'cient'])
  },
)

t.test('white space is folded, invisible characters go', async (t) => {
  const { text, original } = read('  配额\u200b 总量\t\t 为\u00ad零 ')
  t.equal(text, '配额 总量 为零')
  t.same(original('总量 为零'), ['总量\t\t 为', '零'])
})

t.test('spans over two pages become one text that leads back to both', async (t) => {
  const units = [
    { kind: 'page' as const, label: '1', text: '排放单位应当' },
    { kind: 'page' as const, label: '2', text: '按时清缴' },
  ]
  const spans = [
    { unit: 0, start: 0, end: 6 },
    { unit: 1, start: 0, end: 4 },
  ]
  const result = normalise(spans, units)
  t.equal(result.text, '排放单位应当按时清缴')
  t.same(originalSpans(result, 4, 8), [
    { unit: 0, start: 4, end: 6 },
    { unit: 1, start: 0, end: 2 },
  ])
})

t.test('preformatted text keeps its lines and indentation', async (t) => {
  const text = 'if (a) {\n  b()\n}\n'
  const units = [{ kind: 'text' as const, label: '', text }]
  t.equal(normalisePreformatted([{ unit: 0, start: 0, end: text.length }], units).text, 'if (a) {\n  b()\n}')
})

t.test('every character of random text leads back to characters that normalise to it', async (t) => {
  const alphabet = [
    '碳',
    '⽓',
    'ﬁ',
    '㎡',
    '①',
    '２',
    'a',
    '-',
    'e\u0301',
    '\n',
    ' ',
    '\u200b',
    '，',
    '…',
    '\u1100\u1161',
  ]
  let seed = 7
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return seed / 2 ** 32
  }
  const wrong: string[] = []
  for (let round = 0; round < 1000; round++) {
    const text = Array.from({ length: 40 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
    const units = [{ kind: 'text' as const, label: '', text }]
    const result = normalise([{ unit: 0, start: 0, end: text.length }], units)
    let good = result.text === result.text.normalize('NFKC').trim()
    let before = 0
    for (const [start, length, , from, originalLength] of result.runs) {
      const printed = text.slice(from, from + originalLength).replace(/\s+/g, ' ')
      good &&= start >= before && result.text.slice(start, start + length) === printed.normalize('NFKC')
      before = start + length
    }
    if (!good) wrong.push(text)
  }
  t.same(wrong, [])
})

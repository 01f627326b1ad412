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

t.test('a number that a full Chinese line breaks is one number again', async (t) => {
  t.equal(read('根据《暂行办法》（津政办规〔2\n020〕11 号）').text, '根据《暂行办法》(津政办规〔2020〕11 号)')
  t.equal(read('确定我市配额总量为 0.\n75 亿吨').text, '确定我市配额总量为 0.75 亿吨')
  t.equal(read('电机能效提升计划自印发起，2021—\n2023 年').text, '电机能效提升计划自印发起,2021—2023 年')
  t.equal(read('政府预留配额所占的比例约为 6\n%。').text, '政府预留配额所占的比例约为 6%。')
  t.same(read('根据《暂行办法》（津政办规〔2\n020〕11 号）').original('2020'), ['2', '020'])
})

t.test('numbers that stand on lines of their own stay apart', async (t) => {
  t.equal(read('0.99\n0.94').text, '0.99 0.94')
  t.equal(read('用电量\n2024\n2025').text, '用电量2024 2025')
  t.equal(read('扇贝碳含量与软组织占比 63.89 14.35\n85.65').text, '扇贝碳含量与软组织占比 63.89 14.35 85.65')
  t.equal(read('单位产品能耗的先进值和准入值为 0.99\n0.94').text, '单位产品能耗的先进值和准入值为 0.99 0.94')
  t.equal(read('本计划所比较的两个年度为 2021\n2022').text, '本计划所比较的两个年度为 2021 2022')
})

t.test('words whose characters are set apart are closed up, names and clauses are not', async (t) => {
  const { text, original } = read('节 能 管 理 办 法')
  t.equal(text, '节能管理办法')
  t.same(original('管理'), ['管', '理'])
  t.equal(read('第一章 总 则\n第 一 条 为加强管理').text, '第一章 总则第一条 为加强管理')
  t.equal(read('国家发展改革委 国家能源局').text, '国家发展改革委 国家能源局')
})

t.test('spans of one line are put together as they stand, over a line feed they are two lines', async (t) => {
  const spans = (text: string, ...parts: string[]) => {
    let at = 0
    return normalise(
      parts.map((part) => {
        const start = text.indexOf(part, at)
        at = start + part.length
        return { unit: 0, start, end: at }
      }),
      [{ kind: 'text', label: '', text }],
    ).text
  }
  t.equal(spans('**b**old', 'b', 'old'), 'bold')
  t.equal(spans('**b** old', 'b', ' old'), 'b old')
  t.equal(spans('20 21 年', '20', '21 年'), '2021 年')
  t.equal(spans('one\n> two', 'one', 'two'), 'one two')
  t.equal(spans('one<br>two', 'one', 'two'), 'one two')
})

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

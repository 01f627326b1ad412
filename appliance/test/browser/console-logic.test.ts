import t from 'tap'
import { createEventParser } from '../../console/src/api/event-stream.ts'
import { type AnswerNode, readAnswer } from '../../console/src/ask/answer-tree.ts'
import { advance, newDraft } from '../../console/src/ask/draft.ts'
import { joinRuns } from '../../console/src/preview/page-text.ts'
import { quotedWords } from '../../console/src/preview/quoted-words.ts'
import { rowsToShow } from '../../console/src/preview/rows-to-show.ts'
import { cut, rangesIn, readSpans, writeSpans } from '../../console/src/preview/spans.ts'
import { excerpt } from '../../console/src/search/excerpt.ts'
import { wordsIn } from '../../console/src/search/mark-words.ts'
import { filtersOf, readSearch } from '../../console/src/search/search-address.ts'

t.test('a stream of events reads the same however the network cut it', async (t) => {
  const stream =
    'event: delta\r\ndata: {"text":"一"}\r\n\r\n: heartbeat\n\nevent: done\ndata: a\ndata: b\n\ndata:x\r\r'
  const whole = createEventParser()(stream)
  t.same(whole, [
    { event: 'delta', data: '{"text":"一"}' },
    { event: 'done', data: 'a\nb' },
    { event: 'message', data: 'x' },
  ])
  for (let size = 1; size < 12; size++) {
    const parse = createEventParser()
    const events = []
    for (let at = 0; at < stream.length; at += size) events.push(...parse(stream.slice(at, at + size)))
    t.same(events, whole, `pieces of ${size}`)
  }
})

/** The tree as text: citations as [n], unsupported stretches between ~, structure in capitals. */
function show(nodes: AnswerNode[]): string {
  return nodes
    .map((node): string => {
      switch (node.kind) {
        case 'runs':
          return node.runs
            .map((run) =>
              run.kind === 'citation' ? `[${run.index}]` : run.unsupported ? `~${run.text}~` : run.text,
            )
            .join('')
        case 'break':
          return '/'
        case 'list':
          return `LIST(${node.items.map(show).join('|')})`
        case 'table':
          return `TABLE(${[node.header, ...node.rows].map((row) => row.map(show).join(',')).join(';')})`
        case 'heading':
          return `H${node.level}(${show(node.children)})`
        default:
          return `${node.kind.toUpperCase()}(${show(node.children)})`
      }
    })
    .join('')
}

const after = (text: string, words: string) => ({ at: text.indexOf(words) + words.length })

t.test('citations stand behind the words they belong to, whatever Markdown makes of them', async (t) => {
  const text =
    '用电 **1,234 万**千瓦时，下降 6%。\n\n1. 第一条\n2. 第二条要求\n   接着写\n\n| 厂 | 量 |\n| - | - |\n| 东 | 7 |\n'
  const citations = [
    after(text, '**1,234 万**'),
    after(text, '6%'),
    after(text, '第二条要求'),
    after(text, '接着写'),
    after(text, '| 7'),
  ]
  t.equal(
    show(readAnswer(text, citations, [])),
    'PARAGRAPH(用电 STRONG(1,234 万[0])千瓦时，下降 6%[1]。)LIST(PLAIN(第一条)|PLAIN(第二条要求[2]\n接着写[3]))TABLE(厂,量;东,7[4])',
  )
})

t.test(
  'a citation before all words, between equal words and behind the end is still shown once',
  async (t) => {
    t.equal(
      show(readAnswer('同 同 同', [{ at: 0 }, { at: 1 }, { at: 3 }, { at: 99 }], [])),
      'PARAGRAPH([0]同[1] 同[2] 同[3])',
    )
    t.equal(show(readAnswer('', [{ at: 0 }], [])), '')
  },
)

t.test('unsupported stretches are marked across structure and citations', async (t) => {
  const text = '真的。编的*一句*话。真的'
  const start = text.indexOf('编')
  t.equal(
    show(readAnswer(text, [{ at: start + 2 }], [{ start, end: text.indexOf('真', start) }])),
    'PARAGRAPH(真的。~编的~[0]EMPHASIS(~一句~)~话。~真的)',
  )
})

t.test('links become their words, pictures their descriptions, tags plain text', async (t) => {
  t.equal(
    show(readAnswer('[看](https://e.example) ![图](x.png) <b>粗</b>', [], [])),
    'PARAGRAPH(看 图 <b>粗</b>)',
  )
  t.equal(
    show(readAnswer('<script>alert(1)</script>\n\n后', [], [])),
    '<script>alert(1)</script>PARAGRAPH(后)',
  )
})

t.test('a wish to stop is shown until the box has ended the answer', async (t) => {
  const asked = { ...newDraft('问', null), stage: 'stopping' as const }
  const still = advance(asked, { type: 'delta', text: '字' })
  t.match(still, { stage: 'stopping', text: '字' })
  t.match(advance(still, { type: 'restart' }), { text: '', citations: [] })
  t.match(advance(still, { type: 'failed', reason: { code: 'x', zh: '坏', en: 'bad' } }), { stage: 'failed' })
})

t.test('another model that takes over is told while the answer is waited for', async (t) => {
  const writing = { type: 'writing', via: 'gateway', notice: null } as const
  const first = advance(newDraft('问', null), { ...writing, model: 'large' })
  t.match(first, { model: 'large', via: 'gateway', fallback: null, stage: 'waiting' })
  const fallback = { code: 'gateway-fallback', zh: '换', en: 'other' }
  t.match(advance(first, { ...writing, model: 'small', fallback }), { model: 'small', fallback })
})

t.test('spans pass through an address unharmed, and nonsense in an address is left out', async (t) => {
  const spans = [
    { unit: 0, start: 12, end: 40 },
    { unit: 3, start: 0, end: 9 },
  ]
  t.same(readSpans(writeSpans(spans)), spans)
  t.same(readSpans('x,1:2,1:5-5,1:9-3,-1:0-4,2:0-4,99999999:0-1'), [{ unit: 2, start: 0, end: 4 }])
  t.same(readSpans(undefined), [])
})

t.test('overlapping spans of one unit become one mark, and a text is cut at its edges', async (t) => {
  const ranges = rangesIn(
    [
      { unit: 1, start: 8, end: 12 },
      { unit: 1, start: 2, end: 5 },
      { unit: 2, start: 0, end: 99 },
      { unit: 1, start: 4, end: 6 },
    ],
    1,
  )
  t.same(ranges, [
    { start: 2, end: 6 },
    { start: 8, end: 12 },
  ])
  t.same(cut(4, 10, ranges), [
    { start: 4, end: 6, marked: true },
    { start: 6, end: 8, marked: false },
    { start: 8, end: 10, marked: true },
  ])
  t.same(cut(0, 0, ranges), [])
})

t.test('the text of a page is joined as the parser joins it', async (t) => {
  const runs = [
    { str: '甲', hasEOL: false },
    { str: '', hasEOL: true },
    { str: '乙丙', hasEOL: true },
  ]
  t.same(joinRuns(runs), {
    text: '甲\n乙丙\n',
    places: [
      { start: 0, end: 1 },
      { start: 1, end: 1 },
      { start: 2, end: 4 },
    ],
  })
})

t.test('of a long table the rows around the quoted one are built', async (t) => {
  t.same(rowsToShow(200, 1, 150, 0), { from: 1, to: 200 })
  t.same(rowsToShow(10_000, 2, -1, 0), { from: 2, to: 302 })
  t.same(rowsToShow(10_000, 2, 5_000, 0), { from: 4_850, to: 5_150 })
  t.same(rowsToShow(10_000, 2, 9_999, 500), { from: 9_700, to: 10_000 })
  t.same(rowsToShow(0, 1, -1, 0), { from: 0, to: 0 })
})

t.test('words of the question are found in a passage, Chinese ones by pairs of characters', async (t) => {
  const text = '压缩空气泄漏率 8%，Leakage RATE 8%'
  t.same(
    wordsIn(text, '泄漏率 rate').map(({ start, end }) => text.slice(start, end)),
    ['泄漏率', 'RATE'],
  )
  t.same(wordsIn(text, ''), [])
})

t.test('an excerpt holds the words that were looked for', async (t) => {
  const text = `${'甲'.repeat(500)}。泄漏率应控制在8%以内。${'乙'.repeat(500)}`
  const { start, end } = excerpt(text, wordsIn(text, '泄漏率'), 100)
  t.equal(end - start, 100)
  t.match(text.slice(start, end), /^泄漏率/)
  t.same(excerpt('短', [], 100), { start: 0, end: 1 })
})

t.test('a search address keeps what is of the right form', async (t) => {
  t.same(readSearch({ q: 2025, types: ['pdf', 'exe'], from: '2025-01-01', to: 'soon', folder: '' }), {
    q: '2025',
    types: ['pdf'],
    from: '2025-01-01',
  })
  t.equal(filtersOf(readSearch({ q: '电' })), undefined)
})

t.test('quoted words read on from line to line, and dots stand only where words were left out', async (t) => {
  const ranges = (text: string, ...pieces: string[]) =>
    pieces.map((piece) => ({ start: text.indexOf(piece), end: text.indexOf(piece) + piece.length }))
  const chinese = '按项目实际投\n资额给予扶持。另行通知。'
  t.equal(quotedWords(chinese, ranges(chinese, '按项目实际投', '资额给予')), '按项目实际投资额给予')
  t.equal(quotedWords(chinese, ranges(chinese, '按项目', '另行')), '按项目 … 另行')
  const english = 'free of\ncharge for visitors'
  t.equal(quotedWords(english, ranges(english, 'free of', 'charge')), 'free of charge')
  t.equal(quotedWords(english, ranges(english, 'free of\ncharge')), 'free of charge')
})

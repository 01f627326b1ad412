import t from 'tap'
import { html } from '../../src/parse/html/html.ts'
import { breachOf } from './invariants.ts'
import { bytesOf, parseWith, showAll } from './reading.ts'

t.test('a page yields what a browser shows of its text', async (t) => {
  const page = `<!doctype html><html><head><title>公司 - 首页</title><style>p{}</style></head><body>
    <nav><a href="/">首页</a></nav><script>alert(1)</script>
    <h1>碳盘查&amp;核查</h1><p>范围一 <b>直接</b>排放&nbsp;&#x4E2D;<br>第二行</p>
    <p hidden>隐藏</p><div style="display: none">也隐藏</div>
    <ul><li>甲<ul><li>乙</li></ul></li></ul>
    <table><thead><tr><th>类别</th><th>吨</th></tr></thead><tr><td rowspan="2">电</td><td>10</td></tr><tr><td>20</td></tr></table>
    <pre>a
  b</pre></body></html>`
  const document = await parseWith(html, bytesOf(page))
  t.equal(document.title, '碳盘查&核查')
  t.strictSame(showAll(document), [
    'heading1: 碳盘查&核查',
    'paragraph: 范围一 直接排放 中|第二行',
    'list-item1: 甲',
    'list-item2: 乙',
    'table/1: 类别,吨;电,10;电,20',
    'code: a|  b',
  ])
  t.equal(breachOf(document), null)
})

t.test('a page laid out with tables is text, not a table', async (t) => {
  const page =
    '<table><tr><td><h2>左</h2><p>正文一</p></td><td><table><tr><td>栏</td></tr></table></td></tr></table>'
  const document = await parseWith(html, bytesOf(page))
  t.notOk(document.blocks.some((block) => block.table))
  t.match(showAll(document), ['heading2: 左', 'paragraph: 正文一'])
})

t.test('the declared encoding holds, and one that does not exist is no matter', async (t) => {
  const gbk = Buffer.concat([
    Buffer.from('<meta charset="gb2312"><p>'),
    Buffer.from('c4dcd4b4', 'hex'),
    Buffer.from('</p>'),
  ])
  t.strictSame(showAll(await parseWith(html, gbk)), ['paragraph: 能源'])
  t.strictSame(showAll(await parseWith(html, bytesOf('<meta charset="klingon"><p>能源</p>'))), [
    'paragraph: 能源',
  ])
})

t.test('elements nested fifty thousand deep do not exhaust the stack', { timeout: 60_000 }, async (t) => {
  const document = await parseWith(html, bytesOf(`${'<b>'.repeat(50_000)}深处`))
  t.strictSame(showAll(document), ['paragraph: 深处'])
})

t.test('a page without text is refused', async (t) => {
  await t.rejects(parseWith(html, bytesOf('<html><body><img src=x></body></html>')), { code: 'file-no-text' })
})

t.test('elements nested without end are read in bounded time and lose no text', async (t) => {
  for (const tag of ['<div>', '<b>', '<span>x', '<ul><li>', '<table><tr><td>']) {
    const page = `<p>之前</p>${tag.repeat(50_000)}最里面<p>之后</p>`
    const started = performance.now()
    const document = await parseWith(html, bytesOf(page))
    const took = performance.now() - started
    t.match(document.units[0]!.text, /之前.*最里面.*之后/su, tag)
    t.ok(took < 5000, `${tag} took ${Math.round(took)} ms`)
    t.equal(breachOf(document), null)
  }
  const shallow = `${'<div>'.repeat(100)}<p>甲</p>${'</div>'.repeat(100)}<h2>乙</h2>`
  t.strictSame(showAll(await parseWith(html, bytesOf(shallow))), ['paragraph: 甲', 'heading2: 乙'])
})

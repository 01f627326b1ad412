import t from 'tap'
import { pageLanguage, statusPage } from '../../src/operator/status-page.ts'
import { pagePolicy, pageScript } from '../../src/operator/status-page-assets.ts'
import { pageWords } from '../../src/operator/status-page-words.ts'
import { report } from '../support/status.ts'

t.test("the language is the one asked for, else the browser's, else Chinese", async (t) => {
  t.equal(pageLanguage('en', 'zh-CN'), 'en')
  t.equal(pageLanguage('fr', 'en-GB,en;q=0.9'), 'en')
  t.equal(pageLanguage(null, 'en;q=0.5, zh-CN;q=0.8'), 'zh')
  t.equal(pageLanguage(null, 'de, en;q=0.3'), 'en')
  t.equal(pageLanguage(null, 'de'), 'zh')
  t.equal(pageLanguage(null, 'en;q=0'), 'zh')
  t.equal(pageLanguage(null, undefined), 'zh')
})

t.test('every figure is on the page, in both languages', async (t) => {
  const en = statusPage(report(), 'en')
  for (const figure of [
    '1,234',
    '42',
    '0.41 s',
    '2.23 s',
    '12,345,678',
    '2,345,678',
    '178.3 MiB',
    '3.3 MiB',
    '3 d 4 h',
  ]) {
    t.match(en, `>${figure}`.replace('>3 d', 'Up for 3 d'), figure)
  }
  t.match(en, /of both, estimated<\/dt><dd>1,200/)
  t.match(en, /vllm-qwen3.*12 \/ 64.*>7</s)
  t.match(en, /zhipu.*class="mark bad">Open, not asked.*model-balance/s)
  const zh = statusPage(report(), 'zh')
  t.match(zh, /<html lang="zh-CN">/)
  t.match(zh, /断开，暂不请求.*已运行|已运行 3 天 4 小时/s)
  t.match(zh, /首字时间/)
  t.match(zh, '模型服务器的账户余额不足 <code>model-balance</code>')
  t.match(en, 'the account at the model server has no balance <code>model-balance</code>')
})

t.test('both languages say the same things', async (t) => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)]))
      : typeof value
  t.same(shape(pageWords.zh), shape(pageWords.en))
})

t.test('what is not known is not made up', async (t) => {
  const { recent } = report()
  const page = statusPage(
    report({ today: null, targets: [], recent: { ...recent, firstTokenP50Ms: null, firstTokenP95Ms: null } }),
    'en',
  )
  t.match(page, /The accounts do not answer/)
  t.match(page, /<dt>Median<\/dt><dd>–<\/dd>/)
  t.match(page, /No model is configured/)
})

t.test('names from the configuration are text, never markup', async (t) => {
  const [target] = report().targets
  const evil = '<script>alert(1)</script>"\'&'
  const page = statusPage(
    report({
      name: evil,
      targets: [{ ...target!, name: evil, model: evil, aliases: [evil], lastFailure: evil }],
    }),
    'en',
  )
  t.notMatch(page, '<script>alert')
  t.equal(page.split('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;').length - 1, 6)
})

t.test('the page may load nothing from anywhere, and its script says nothing to others', async (t) => {
  const page = statusPage(report(), 'zh')
  t.notMatch(page, /(?:src|href)="(?:https?:)?\/\//)
  t.notMatch(page, /style=|onclick|http-equiv/)
  t.match(pagePolicy, /script-src 'sha256-[^']+'; connect-src 'self'/)
  t.notMatch(pageScript, /https?:|innerHTML|eval/)
})

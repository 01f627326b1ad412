import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { inChinese, reason } from '../../src/cli/reasons.ts'
import { reasonsZh } from '../../src/cli/reasons-zh.ts'

const source = join(import.meta.dirname, '../../src')
/** What the system says and not the source. */
const isCode = (said: string) => /^E[A-Z]+$/.test(said)

t.test('what the table knows is what the source says', async (t) => {
  const text = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('reasons-zh.ts'))
    .map((name) => readFileSync(join(source, name), 'utf8'))
    .join('\n')
  for (const [said, chinese] of reasonsZh) {
    const escaped = said.split('{}').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    // What is put behind a sentence with a colon is put there by whoever passes it on.
    const written = escaped.join('\\$\\{[^\\n]+?\\}').replace(/: \\\$\\\{[^}]+\\\}$/, '')
    t.ok(isCode(said) || new RegExp(`['"\`\n].*${written}`).test(text), said)
    t.equal(chinese.split('{}').length, said.split('{}').length, `${said}: as much is put in`)
    t.match(chinese, /\p{Script=Han}/u)
  }
})

t.test('a reason is said in Chinese with the words of the node behind it', async (t) => {
  const said =
    'a checkpoint of 30 entries was signed, and the log holds 10: it has been restored from a backup'
  t.equal(reason('zh', said), `曾签署 30 条的检查点，而账本只有 10 条：数据是从备份恢复的（${said}）`)
  t.equal(reason('en', said), said)
  t.equal(reason('zh', 'something new'), 'something new')
})

t.test('reasons within reasons are said as well', async (t) => {
  for (const [said, chinese] of [
    [
      'answered 503: unproven: checkpoint of 4 entries: tile/0/000.p/4 was answered with 403',
      '应答 503：存疑：4 条的检查点：tile/0/000.p/4 的应答是 403',
    ],
    ['http://10.0.0.7:8472 does not answer: ECONNREFUSED', 'http://10.0.0.7:8472 没有应答：连接被拒绝'],
    ['nothing is appended: the log a/b/2 goes on in its place', '不接受新条目：账本 a/b/2 已接替它'],
    [
      'it has signed two histories, of 4 and of 5 entries; the log a/b/2 goes on in its place',
      '它签署了两段历史：4 条与 5 条；账本 a/b/2 已接替它',
    ],
    ['the entries could not be written: the disk is full', '条目没能写入：磁盘已满'],
    ['tile/entries/000.p/2: it is missing', 'tile/entries/000.p/2：缺失'],
    ['answered 418', '应答 418'],
    ['a: b: c', null],
  ] as const)
    t.equal(inChinese(said), chinese)
})

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseEnvironmentFile } from '../../../src/config/environment-file.ts'
import { askErrors } from '../../../src/errors.ts'
import { say } from '../../../src/operator/cli/language.ts'
import { count, millionths } from '../../../src/operator/cli/numbers.ts'
import { parseCommandLine, UsageError } from '../../../src/operator/cli/options.ts'
import { readSurroundings } from '../../../src/operator/cli/settings.ts'
import { table, widthOf } from '../../../src/operator/cli/table.ts'
import { dayOf, durationOf, quotaOf } from '../../../src/operator/cli/values.ts'
import { failureText } from '../../../src/operator/failure-text.ts'
import { unlimited } from '../../contracts/accounts/given.ts'
import { folderOf } from './support.ts'

t.test('money is written as people write it, in the columns there are', async (t) => {
  const written: [millionths: number, columns: number, text: string][] = [
    [0, 8, '0'],
    [340, 8, '0.00034'],
    [1, 8, '0.000001'],
    [1, 7, '<0.0001'],
    [9999, 8, '0.009999'],
    [9999, 6, '0.01'],
    [10_000, 8, '0.01'],
    [1_230_000, 8, '1.23'],
    [999_990_000, 8, '999.99'],
    [1_234_567_000_000, 8, '1234567'],
    [9e14, 8, '900M'],
  ]
  for (const [value, columns, text] of written) {
    t.equal(millionths(value, columns), text, String(value))
    t.ok(text.length <= columns)
  }
  t.equal(count(123_456_789, 7), '123M')
})

t.test('a terminal that is too narrow for the table gets a paragraph for each row', async (t) => {
  const columns = [
    { title: '碳盒', most: 63 },
    { title: '名称', most: 14 },
    { title: '每分钟', most: 8, align: 'right' as const },
  ]
  const rows = [
    ['box-0123456789abcdef', '三楼会议室西北角的那一台', '20k'],
    ['box-2', '', '不限'],
  ]
  t.match(table(columns, rows, 80)[1], /^box-0123456789abcdef 三楼会议室西… +20k$/)
  t.same(table(columns, rows, 40), [
    'box-0123456789abcdef',
    '  名称    三楼会议室西北角的那一台',
    '  每分钟  20k',
    'box-2',
    '  每分钟  不限',
  ])
  for (const line of table(columns, rows, 80)) t.ok(widthOf(line) <= 80)
})

t.test('every failure of a model has its sentence in both languages', async (t) => {
  t.equal(failureText('model-error', 'en'), 'the model server failed')
  t.equal(failureText('model-bad-response', 'en'), 'the model server sent something else than an answer')
  t.equal(failureText('moon-phase', 'zh'), '')
  for (const code of Object.keys(askErrors).filter((each) => /^model-(?!unknown|circuit)/.test(each))) {
    t.match(failureText(code, 'zh'), /[\u4e00-\u9fff]/, code)
    t.notMatch(failureText(code, 'en'), /\{|^$/, code)
  }
})

t.test('a file of the environment is read as systemd reads it', async (t) => {
  const text = `# gateway
; a comment too
TANBOX_GATEWAY_HOST=0.0.0.0
 TANBOX_GATEWAY_NAME = gw.example # no comment\r
TANBOX_GATEWAY_OTLP_HEADERS='{"authorization": "Bearer x"}'
TANBOX_GATEWAY_MODEL_KEY="a\\"b"
TANBOX_GATEWAY_DATABASE=postgres://u:p#1@db\\
/x
nonsense
export NOT=this
EMPTY=
`
  t.same(parseEnvironmentFile(text), {
    TANBOX_GATEWAY_HOST: '0.0.0.0',
    TANBOX_GATEWAY_NAME: 'gw.example # no comment',
    TANBOX_GATEWAY_OTLP_HEADERS: '{"authorization": "Bearer x"}',
    TANBOX_GATEWAY_MODEL_KEY: 'a"b',
    TANBOX_GATEWAY_DATABASE: 'postgres://u:p#1@db/x',
    EMPTY: '',
  })
})

t.test('in the installation of the service the command talks about the service', async (t) => {
  const folder = folderOf(t)
  const service = { root: join(folder, 'opt'), file: join(folder, 'gateway.env'), data: join(folder, 'data') }
  const of = (environment: Record<string, string>, data?: string) =>
    readSurroundings(environment, { root: service.root, service }).config(data)
  const bare = of({})
  t.equal(bare.data, service.data, 'without a file as well')
  t.match(
    bare.explained[0],
    { value: service.data, from: 'environment', path: undefined },
    'as the unit says',
  )

  writeFileSync(service.file, 'TANBOX_GATEWAY_NAME=gw.example\nTANBOX_GATEWAY_DATABASE=postgres://u:p@db/x\n')
  mkdirSync(service.data)
  writeFileSync(join(service.data, 'gateway.json'), '{"TANBOX_GATEWAY_PORT": 9000}')
  const config = of({})
  t.match(config, { data: service.data, name: 'gw.example', port: 9000, database: 'postgres://u:p@db/x' })
  const where = Object.fromEntries(config.explained.map(({ name, value, path }) => [name, [value, path]]))
  t.same(where.TANBOX_GATEWAY_NAME, ['gw.example', service.file])
  t.same(where.TANBOX_GATEWAY_DATABASE, ['***', service.file])
  t.same(where.TANBOX_GATEWAY_PORT, ['9000', join(service.data, 'gateway.json')])
  writeFileSync(join(folder, 'moved.env'), `TANBOX_GATEWAY_DATA=${folder}/moved`)
  const moved = { root: service.root, service: { ...service, file: join(folder, 'moved.env') } }
  t.equal(readSurroundings({}, moved).config(undefined).data, join(folder, 'moved'))
  t.match(of({ TANBOX_GATEWAY_NAME: 'other' }), { name: 'other', port: 9000 }, 'what is given here wins')

  const other = join(folder, 'other')
  t.match(of({}, other), { data: other, name: '', database: '' }, 'another folder is another gateway')
  t.match(of({ TANBOX_GATEWAY_DATA: other }), { name: '' })
  t.match(of({ TANBOX_DATA: other }), { data: join(other, 'gateway'), name: '' })
  t.match(readSurroundings({}, { root: folder, service }).config(undefined), { name: '' }, 'elsewhere: not')

  rmSync(service.file)
  mkdirSync(service.file)
  t.throws(() => of({}), { name: 'ConfigError', message: /gateway\.env holds the settings.*sudo/ })
})

t.test('numbers and options that cannot be are refused in words of ours', async (t) => {
  const wrong: [line: string, zh: RegExp, en: RegExp][] = [
    ['', /需要一个命令/, /a command is needed/],
    ['enroll', /没有命令“enroll”/, /there is no command "enroll"/],
    ['revoke', /revoke 需要碳盒编号/, /revoke needs the id of a box/],
    ['boxes one', /boxes 不接受“one”/, /boxes takes no "one"/],
    ['boxes --label x', /boxes 不接受 --label/, /boxes does not take --label/],
    ['boxes --lang fr', /--lang 是 zh 或 en/, /--lang is zh or en/],
    ['enrol --expires 31d', /最长 30d/, /--expires is like/],
    ['enrol --expires 25', /形如 30m/, /--expires is like/],
    ['usage --from 2026-02-30', /--from 是日期/, /--from is a day/],
    ['enrol --tokens-per-day -3', /应为 1 到 .*不是“-3”/, /whole number from 1 to .*; not "-3"/],
    ['enrol --tokens-per-day=-3', /不是“-3”/, /not "-3"/],
    ['enrol --tokens-per-day 0', /none（不限）/, /none for no limit; not "0"/],
    ['quota b --tokens-per-minute 1000000000001', /1,000,000,000,000/, /1,000,000,000,000, or none/],
    ['quota b --tokens-per-minute 500,000', /不是“500,000”/, /not "500,000"/],
    ['quota b --tokens-per-minute 5e5', /不是“5e5”/, /not "5e5"/],
    ['quota b --streams -1', /1 到 8/, /from 1 to 8; not "-1"/],
    ['quota b --streams --json', /--streams 之后需要一个值/, /--streams needs a value/],
    ['quota b --streams', /需要一个值/, /--streams needs a value/],
    ['quota b --streams=', /需要一个值/, /--streams needs a value/],
    ['quota b --strems 1', /没有选项 --strems/, /there is no option --strems/],
    ['boxes -x', /没有选项 -x/, /there is no option -x/],
    ['revoke b --yes=no', /--yes 不带值/, /--yes takes no value/],
  ]
  for (const [line, zh, en] of wrong) {
    try {
      const { values } = parseCommandLine(line === '' ? [] : line.split(' '))
      quotaOf(values, unlimited)
      if (values.expires) durationOf(values.expires)
      dayOf('from', values.from)
      t.fail(line)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      t.match(say('zh', ...error.text), zh, line)
      t.match(say('en', ...error.text), en, line)
    }
  }
  const label = parseCommandLine(['enrol', '--label', '-']).values.label
  t.equal(label, '-', 'a lone hyphen is a text')
})

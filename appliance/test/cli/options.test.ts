import t from 'tap'
import { parseCommandLine } from '../../src/cli/options.ts'

t.test('a question may come quoted or as words', async (t) => {
  const asked = {
    name: 'ask',
    question: '去年 用电 多少',
    continued: false,
    conversation: undefined,
    filters: {},
  }
  t.same(parseCommandLine(['ask', '去年 用电 多少']).command, asked)
  t.same(parseCommandLine(['ask', '去年', '用电', '多少']).command, asked)
  t.match(parseCommandLine(['ask', '-c', 'and then?']).command, { continued: true })
})

t.test('filters and limits reach the command', async (t) => {
  const { command, json, data, language } = parseCommandLine(
    'search 光伏 --type pdf,docx --type md --folder 能源/2025 --from 2025-01-01 --limit 3 --json --data /srv/box --lang en'.split(
      ' ',
    ),
  )
  t.same(command, {
    name: 'search',
    query: '光伏',
    limit: 3,
    filters: { types: ['pdf', 'docx', 'md'], folder: '能源/2025', from: '2025-01-01' },
  })
  t.same({ json, data, language }, { json: true, data: '/srv/box', language: 'en' })
})

t.test('--help and --version win over everything else', async (t) => {
  t.same(parseCommandLine(['ask', '--help']).command, { name: 'help' })
  t.same(parseCommandLine(['-v']).command, { name: 'version' })
})

t.test('what is not understood is said', async (t) => {
  const wrong: [string[], RegExp][] = [
    [[], /command is needed/],
    [['frobnicate'], /no command "frobnicate"/],
    [['toString'], /no command "toString"/],
    [['ask'], /needs a text/],
    [['ask', '  '], /needs a text/],
    [['ask', 'x', '--limit', '3'], /ask does not take --limit/],
    [['search', 'x', '--limit', '0'], /--limit/],
    [['search', 'x', '--limit', '3x'], /--limit/],
    [['search', 'x', '--limit', '51'], /1 to 50/],
    [['search', 'x', '--type', 'exe'], /--type is one of .* not "exe"/],
    [['search', 'x', '--from', 'yesterday'], /--from is a date/],
    [['ask', 'x', '--to', '2025-13-45'], /--to is a date/],
    [['ingest'], /needs a path/],
    [['status', 'now'], /takes no arguments/],
    [['gateway', 'sing'], /gateway has no "sing"/],
    [['gateway', 'rotate', 'now'], /takes no arguments/],
    [['gateway', '--code', 'X'], /takes no arguments/],
    [['gateway', 'enrol', '--code', 'X'], /needs one address/],
    [['gateway', 'enrol', 'wss://a', 'wss://b', '--code', 'X'], /needs one address/],
    [['gateway', 'enrol', 'wss://a'], /needs --code/],
    [['gateway', 'enrol', 'gateway.example.org', '--code', 'X'], /begins with wss/],
    [['gateway', 'enrol', 'ftp://a', '--code', 'X'], /begins with wss/],
    [['ask', 'x', '--code', 'X'], /ask does not take --code/],
    [['status', '--colour'], /there is no option --colour/],
    [['gateway', 'enrol', 'wss://a', '--code', '--json'], /--code needs a value/],
    [['status', '--json=yes'], /--json takes no value/],
    [['status', '--lang', 'fr'], /--lang/],
    [['status', '--data'], /--data/],
  ]
  for (const [args, message] of wrong) {
    t.throws(
      () => parseCommandLine(args),
      { name: 'UsageError', message, zh: /[\u4e00-\u9fff]/ },
      args.join(' '),
    )
  }
})

t.test('what a box is enrolled with: the name is the host of the address unless it is given', async (t) => {
  const of = (...args: string[]) => parseCommandLine(['gateway', ...args]).command
  t.same(of(), { name: 'gateway', action: 'show' })
  t.same(of('rotate'), { name: 'gateway', action: 'rotate' })
  t.same(of('enrol', 'https://gateway.example.org', '--code', ' K7Q2 '), {
    ...{ name: 'gateway', action: 'enrol', url: 'wss://gateway.example.org/' },
    ...{ gateway: 'gateway.example.org', code: 'K7Q2' },
  })
  t.match(of('enrol', 'ws://10.0.0.7:8471', '--code', 'K', '--name', 'gateway.test'), {
    ...{ url: 'ws://10.0.0.7:8471/', gateway: 'gateway.test' },
  })
})

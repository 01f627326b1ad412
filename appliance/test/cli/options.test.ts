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
    [['status', '--colour'], /--colour/],
    [['status', '--lang', 'fr'], /--lang/],
    [['status', '--data'], /--data/],
  ]
  for (const [args, message] of wrong) {
    t.throws(() => parseCommandLine(args), { name: 'UsageError', message }, args.join(' '))
  }
})

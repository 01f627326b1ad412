import { chownSync, existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { widthOf } from '../../../src/operator/cli/table.ts'
import { folderOf, run } from './support.ts'

const zh = { LANG: 'zh_CN.UTF-8' }

t.test('what was typed wrongly is said, in the person’s language', async (t) => {
  const environment = { TANBOX_GATEWAY_DATA: folderOf(t) }
  const wrong: [string[], RegExp][] = [
    [['enrol', '--expires', '25'], /--expires is like/],
    [['enrol', '--tokens-per-day', '-3'], /--tokens-per-day is a whole number from 1 to .*; not "-3"/],
    [['enrol', '--url', 'https://x.example'], /--url is a ws or wss address/],
    [['usage', '--from', '2026-12-02', '--to', '2026-12-01'], /--from is after --to/],
    [['usage', '--by', 'week'], /--by is box or day/],
    [['usage', '--csv', '--json'], /not both/],
  ]
  for (const [words, message] of wrong)
    t.match(await run(environment, ...words), { status: 2, stderr: message }, words.join(' '))
  t.match(await run({ ...environment, ...zh }, 'boxe'), { status: 2, stderr: /没有命令“boxe”/ })
  const json = await run(environment, 'usage', '--json', '--by', 'week')
  t.match(JSON.parse(json.stdout), { error: { code: 'usage', message: '--by is box or day' } })
  const help = await run(environment, 'boxes', '--help')
  t.match(help, { status: 0, stdout: /tanbox-gateway enrol/ })
  for (const line of (await run({ ...environment, ...zh }, '--help')).stdout.split('\n'))
    if (widthOf(line) > 116) t.fail(line)
})

t.test('accounts that cannot be opened, and settings that are wrong', async (t) => {
  const data = folderOf(t)
  const away = {
    TANBOX_GATEWAY_DATA: data,
    TANBOX_GATEWAY_DATABASE: 'postgres://u:secret-word@127.0.0.1:1/x',
  }
  const refused = await run(away, 'boxes')
  t.match(refused, { status: 3, stderr: /The accounts cannot be opened: the database cannot be reached/ })
  t.notMatch(JSON.stringify([refused, await run(away, 'config')]), 'secret-word')
  t.match(await run({ ...away, TANBOX_GATEWAY_PORT: 'x' }, 'boxes'), {
    status: 2,
    stderr: /TANBOX_GATEWAY_PORT/,
  })
  const shown = await run({ TANBOX_GATEWAY_DATA: data }, 'config')
  t.match(shown, { stdout: /^TANBOX_GATEWAY_DATA=.*\(environment\)$/m })
  t.match(shown, { stdout: /^TANBOX_GATEWAY_OTLP_HEADERS=\{\} {2}\(default\)$/m }, 'a default is no secret')
})

/** Whether everybody may run what is installed here. */
function readableByAll(path: string): boolean {
  return (statSync(path).mode & 0o005) === 0o005 && (path === '/' || readableByAll(dirname(path)))
}

const asRoot = process.getuid?.() === 0 && readableByAll(import.meta.dirname)

t.test('root works as the owner of the folder', { skip: asRoot ? false : 'needs root' }, async (t) => {
  const data = folderOf(t)
  const nobody = 65_534
  chownSync(data, nobody, nobody)
  t.match(await run({ TANBOX_GATEWAY_DATA: data }, 'enrol'), { status: 0, stderr: /they are made now/ })
  t.ok(existsSync(join(data, 'gateway.db')))
  t.match(statSync(join(data, 'gateway.db')), { uid: nobody, mode: 0o100600 })
})

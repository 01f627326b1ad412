import t from 'tap'
import { newBox, unlimited } from '../../contracts/accounts/given.ts'
import { accountsOf, folderOf, run } from './support.ts'

const zh = { LANG: 'zh_CN.UTF-8' }

t.test(
  'a code is shown once, with what to type on the box, and works beside a running gateway',
  async (t) => {
    const data = folderOf(t)
    const accounts = await accountsOf(t, data)
    const environment = { TANBOX_GATEWAY_DATA: data, TANBOX_GATEWAY_NAME: 'gw.example' }
    const words = ['--label', '三楼', '--expires', '2h', '--tokens-per-day', '300000', '--streams', '2']
    const { status, stdout, stderr } = await run(environment, 'enrol', ...words)
    t.equal(status, 0)
    const [, code] = /^ {2}((?:[0-9A-Z]{5}-){3}[0-9A-Z]{5})$/m.exec(stdout) ?? []
    t.ok(stdout.includes(`\n  npx tanbox gateway enrol ws://gw.example:8471 --code ${code}\n`))
    t.match(stderr, /guessed/)
    const box = newBox()
    t.match(await accounts.register(code!, box), {
      label: '三楼',
      quota: { tokensPerMinute: null, tokensPerDay: 300_000, streams: 2 },
    })
    t.notMatch((await run(environment, 'boxes', '--json')).stdout, code!)
  },
)

t.test('the address is what boxes see, and the name is said where it is another', async (t) => {
  const environment = { TANBOX_GATEWAY_DATA: folderOf(t), TANBOX_GATEWAY_NAME: 'gw.example' }
  const { stdout, stderr } = await run(environment, 'enrol', '--json', '--url', 'wss://bridge.example/tanbox')
  const made = JSON.parse(stdout)
  t.match(made, { address: 'wss://bridge.example/tanbox', gateway: 'gw.example' })
  t.equal(
    made.command,
    `npx tanbox gateway enrol wss://bridge.example/tanbox --code ${made.code} --name gw.example`,
  )
  t.notMatch(stderr, /guessed/)
  t.ok(Math.abs(Date.parse(made.expires) - Date.now() - 86_400_000) < 60_000, 'a day, where nothing is said')
  const small = await run(environment, 'enrol', '--tokens-per-minute', '500')
  t.match(small.stderr, /less than 8000 per minute/)

  const local = await run({ TANBOX_GATEWAY_DATA: environment.TANBOX_GATEWAY_DATA }, 'enrol')
  t.match(local.stdout, /enrol ws:\/\/127\.0\.0\.1:8471 /)
  t.match(local.stderr, /this machine only.*TANBOX_GATEWAY_HOST=0\.0\.0\.0.*TANBOX_GATEWAY_PUBLIC_URL/)
  t.notMatch(local.stderr, /guessed/)
  const set = { ...environment, TANBOX_GATEWAY_NAME: '', TANBOX_GATEWAY_PUBLIC_URL: 'wss://gw.example/' }
  const given = await run({ ...set, ...zh }, 'enrol')
  t.match(given.stdout, /npx tanbox gateway enrol wss:\/\/gw\.example\/ .* --name 127\.0\.0\.1/)
  t.match(given.stderr, /没有设置 TANBOX_GATEWAY_NAME/)
})

t.test('boxes, their quota and their end', async (t) => {
  const data = folderOf(t)
  const accounts = await accountsOf(t, data)
  const environment = { TANBOX_GATEWAY_DATA: data }
  const box = { ...newBox(), box: 'box-0123456789abcdef' }
  t.match((await run(environment, 'boxes')).stdout, /No boxes yet/)
  await accounts.enrol({ ...box, label: '三楼会议室 '.repeat(9), quota: unlimited })
  const listed = await run({ ...environment, ...zh }, 'boxes')
  t.match(
    listed.stdout,
    /^碳盒 +名称 .*\nbox-0123456789abcdef 三楼会议室 三… +有效 +20\d\d-\d\d-\d\d +不限 +不限 +8\n$/,
  )
  t.match(JSON.parse((await run(environment, 'boxes', '--json')).stdout), [
    { box: box.box, key: box.key, revokedAt: null, enrolledAt: /^20..-..-..T/, publicKey: /^[\w-]{43}$/ },
  ])

  t.match(await run(environment, 'quota', box.box), {
    status: 0,
    stdout: `${box.box}: no limit per minute, no limit per day, 8 answers at a time\n`,
  })
  const changed = await run(environment, 'quota', box.box, '--tokens-per-minute', '20000', '--streams', '3')
  t.equal(changed.stdout, `${box.box}: 20000 tokens per minute, no limit per day, 3 answers at a time\n`)
  t.match((await run(environment, 'boxes')).stdout, /AT ONCE\n.* 20k +no limit +3\n$/)
  await run(environment, 'quota', box.box, '--tokens-per-day', '1234567')
  t.match(await accounts.find(box.box), {
    quota: { tokensPerMinute: 20_000, tokensPerDay: 1_234_567, streams: 3 },
  })
  await run(environment, 'quota', box.box, '--tokens-per-minute', 'none')
  t.match(await accounts.find(box.box), { quota: { tokensPerMinute: null, tokensPerDay: 1_234_567 } })

  const unsure = await run(environment, 'revoke', box.box)
  t.match(unsure, { status: 2, stderr: /--yes/ }, 'without a terminal nobody is asked')
  t.equal((await accounts.find(box.box))?.revokedAt, null)
  t.match(await run(environment, 'revoke', box.box, '--yes'), {
    status: 0,
    stdout: /is revoked; .* for good\.\nTo let the machine come back: make a code/,
  })
  t.type((await accounts.find(box.box))?.revokedAt, 'number')
  t.match(await run({ ...environment, ...zh }, 'boxes'), { stdout: /已吊销/ })
  t.match(await run({ ...environment, ...zh }, 'quota', box.box), { stderr: /已吊销，额度对它不起作用/ })
  t.match(await run(environment, 'revoke', 'box-nobody', '--yes'), {
    status: 4,
    stderr: 'There is no box box-nobody.\n',
  })
  t.match(await run(environment, 'quota', '../etc'), { status: 4 })
})

import t from 'tap'
import { readConfig } from '../src/config.ts'

t.test('a node without settings is reached on this machine alone, and finds nobody by itself', async (t) => {
  const config = readConfig({ TANBOX_LEDGER_DATA: '/srv/ledger' })
  t.match(config, {
    data: '/srv/ledger',
    local: '/srv/ledger.local',
    tokenFile: '/srv/ledger/token',
    host: '127.0.0.1',
    port: 8472,
    advertise: [],
    readers: 'public',
    publishEveryMs: 250,
    quota: 2_147_483_648,
    policyFile: null,
    discovery: false,
  })
})

t.test('every setting is explained, with its value and where it came from', async (t) => {
  const config = readConfig({
    TANBOX_LEDGER_ADVERTISE: 'http://a.test:1, https://b.test/x',
    TANBOX_LEDGER_DISCOVERY: 'on',
  })
  t.equal(config.explained.length, Object.keys(config).length - 1, 'one for each')
  const shown = new Map(config.explained.map((each) => [each.name, each]))
  t.match(shown.get('TANBOX_LEDGER_ADVERTISE'), {
    value: 'http://a.test:1,https://b.test/x',
    from: 'environment',
  })
  t.match(shown.get('TANBOX_LEDGER_DISCOVERY'), { value: 'on' })
  t.match(shown.get('TANBOX_LEDGER_POLICY'), { value: '', from: 'default' })
})

t.test('a setting that does not fit is refused in one sentence that names it', async (t) => {
  const wrong: [string, string][] = [
    ['PORT', '70000'],
    ['PUBLISH_MS', '0'],
    ['PUBLISH_MS', '1e3'],
    ['QUOTA', '5'],
    ['QUOTA', '-1'],
    ['READERS', 'all'],
    ['DISCOVERY', 'yes'],
    ['ADVERTISE', 'ftp://x'],
    ['ADVERTISE', 'http://u:p@x'],
    ['ADVERTISE', 'http://x?y'],
    ['ADVERTISE', Array.from({ length: 9 }, () => 'http://x').join()],
    ['ORIGIN', 'Box'],
    ['NAME', 'x'.repeat(65)],
    ['NAME', 'a\nb'],
  ]
  for (const [name, value] of wrong)
    t.throws(
      () => readConfig({ [`TANBOX_LEDGER_${name}`]: value }),
      new RegExp(`^TANBOX_LEDGER_${name} has .*\\.$`),
      `${name}=${value}`,
    )
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { gatewayDefaults } from '../bin/supervisor/gateway-settings.ts'

t.test('the gateway of a box has no status page, unless somebody has set its port', (t) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-supervisor-'))
  t.teardown(() => rmSync(data, { recursive: true }))
  const off = { TANBOX_GATEWAY_ADMIN_PORT: 'off' }
  t.same(gatewayDefaults({}, data), off)
  t.same(gatewayDefaults({ TANBOX_GATEWAY_ADMIN_PORT: '9473' }, data), {}, 'the environment goes on to it')
  const settings = (all: object) => writeFileSync(join(data, 'gateway.json'), JSON.stringify(all))
  settings({ TANBOX_GATEWAY_NAME: 'gateway.test' })
  t.same(gatewayDefaults({}, data), off)
  settings({ TANBOX_GATEWAY_ADMIN_PORT: 9473 })
  t.same(gatewayDefaults({}, data), {}, 'so does its settings file')
  settings({ TANBOX_GATEWAY_ADMIN_PORT: 'soon' })
  t.same(gatewayDefaults({}, data), {}, 'and what is wrong there it says itself')
  t.end()
})

/** What is constructed, and what is not. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readConfig } from '../src/config.ts'
import { openContext } from '../src/context.ts'

async function opened(t: Test, adminPort: string) {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-context-'))
  t.teardown(() => rmSync(data, { recursive: true, force: true }))
  const environment = { TANBOX_GATEWAY_DATA: data, TANBOX_GATEWAY_PORT: '0' }
  return openContext(readConfig({ ...environment, TANBOX_GATEWAY_ADMIN_PORT: adminPort }), () => {})
}

const metricsLoaded = () =>
  Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('/prom-client/'))

t.test('metrics are not even loaded where nobody can ask for them', async (t) => {
  const without = await opened(t, 'off')
  t.equal(without.admin.port, null)
  t.notOk(metricsLoaded())
  await without.close()
  const context = await opened(t, '0')
  t.ok(metricsLoaded())
  const metrics = await fetch(`http://127.0.0.1:${context.admin.port}/metrics`)
  t.match(await metrics.text(), /tanbox_gateway_connections 0/)
  await context.close()
})

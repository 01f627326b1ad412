import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { testGateway } from '../../../cloud-gateway/test/support/gateway.ts'
import { enrol } from '../../src/cli/enrol.ts'
import { createOutput } from '../../src/cli/output.ts'
import { readSurroundings } from '../../src/cli/settings.ts'

function outputs() {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const output = createOutput({ out, err }, { language: 'en', json: false, color: false, columns: 80 })
  return { output, said: () => String(out.read() ?? ''), remarked: () => String(err.read() ?? '') }
}

async function enrolled(t: Test, service: boolean, ownGateway: boolean) {
  await using gateway = await testGateway()
  await gateway.newCode('K7Q2-AAAA-BBBB')
  const data = mkdtempSync(join(tmpdir(), 'tanbox-service-'))
  t.teardown(() => rmSync(data, { recursive: true, force: true }))
  if (ownGateway) mkdirSync(join(data, 'gateway'))
  const { output, said, remarked } = outputs()
  const request = { url: gateway.url, gateway: gateway.name, code: 'K7Q2-AAAA-BBBB' }
  const files = { data, settingsFile: null, gatewayKey: null, service }
  await enrol(request, files, output, new AbortController().signal)
  return { said: said(), remarked: remarked(), url: gateway.url }
}

t.test('in the installation of the services the box of the service is meant', async (t) => {
  t.match(readSurroundings({}, '/opt/tanbox'), { data: '/var/lib/tanbox', service: true })
  t.match(readSurroundings({ TANBOX_DATA: '/data' }, '/opt/tanbox'), { data: '/data' })
  t.match(readSurroundings({}, '/home/me/tanbox'), { data: '/home/me/tanbox/data', service: false })
})

t.test('beside a service enrolling says what to put into its environment', async (t) => {
  const { said, url, remarked } = await enrolled(t, true, true)
  t.ok(
    said.includes(`TANBOX_GATEWAY_URL=${url}\n  TANBOX_GATEWAY_NAME=gateway.test\n  sudo systemctl restart`),
  )
  t.match(said, '/etc/tanbox/appliance.env')
  t.equal(remarked, '')
})

t.test('a box with a gateway of its own is told when another takes its place', async (t) => {
  const { said, remarked } = await enrolled(t, false, true)
  t.match(remarked, /npm start does not start the gateway of this box any more/)
  t.notMatch(said, /appliance\.env/)
  t.equal((await enrolled(t, false, false)).remarked, '')
})

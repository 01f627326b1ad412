import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError, readConfig } from '../src/config.ts'

const folder = (t: Test): string => {
  const made = mkdtempSync(join(tmpdir(), 'tanbox-config-'))
  t.teardown(() => rmSync(made, { recursive: true }))
  return made
}

t.test('every setting has a default below the data folder', async (t) => {
  const data = folder(t)
  const config = readConfig({ TANBOX_DATA: data })
  t.equal(config.drop, join(data, 'drop'))
  t.equal(config.host, '127.0.0.1')
  t.equal(config.port, 8470)
  t.ok(Object.isFrozen(config))
})

t.test(
  'the environment wins over the file, the file over the default, and each says where it came from',
  async (t) => {
    const data = folder(t)
    writeFileSync(
      join(data, 'tanbox.json'),
      JSON.stringify({ TANBOX_PORT: 9000, TANBOX_NAME: '三楼', TANBOX_REDACT: false }),
    )
    const config = readConfig({ TANBOX_DATA: data, TANBOX_PORT: '9001' })
    t.equal(config.port, 9001)
    t.equal(config.name, '三楼')
    t.equal(config.redact, false)
    const from = Object.fromEntries(config.explained.map((each) => [each.name, each.from]))
    t.match(from, { TANBOX_PORT: 'environment', TANBOX_NAME: 'file', TANBOX_HOST: 'default' })
  },
)

t.test('wrong settings are named all at once', async (t) => {
  const data = folder(t)
  writeFileSync(join(data, 'tanbox.json'), JSON.stringify({ TANBOX_PROT: '1' }))
  try {
    readConfig({ TANBOX_DATA: data, TANBOX_PORT: '70000', TANBOX_LOG: 'loud' })
    t.fail('accepted')
  } catch (error) {
    t.ok(error instanceof ConfigError)
    for (const name of ['TANBOX_PORT=70000', 'TANBOX_LOG=loud', 'TANBOX_PROT'])
      t.match((error as Error).message, name)
  }
})

t.test('a settings file that is no object, or was asked for and is not there, is refused', async (t) => {
  const data = folder(t)
  for (const content of ['[1]', 'no json', '{"TANBOX_NAME": null}']) {
    writeFileSync(join(data, 'tanbox.json'), content)
    t.throws(() => readConfig({ TANBOX_DATA: data }), { name: 'ConfigError' }, content)
  }
  t.throws(() => readConfig({ TANBOX_CONFIG: join(data, 'none.json') }), { name: 'ConfigError' })
})

t.test(
  'one file holds the settings of all three services, and the listing shows them with secrets masked',
  async (t) => {
    const data = folder(t)
    const settings = {
      TANBOX_GATEWAY_PROVIDER: 'openai',
      TANBOX_GATEWAY_MODEL_KEY: 'sk-secret',
      TANBOX_LEDGER_ORIGIN: 'box.example',
    }
    const model = { TANBOX_GATEWAY_MODEL_URL: 'http://127.0.0.1:1/v1', TANBOX_GATEWAY_MODEL_NAME: 'glm' }
    writeFileSync(join(data, 'tanbox.json'), JSON.stringify({ ...settings, ...model }))
    const services = { TANBOX_GATEWAY_DATA: join(data, 'gateway'), TANBOX_LEDGER_DATA: join(data, 'ledger') }
    const config = readConfig({ TANBOX_DATA: data, ...services })
    t.match(config.forServices, settings)
    const shown = new Map(config.explained.map((each) => [each.name, each]))
    t.match(shown.get('TANBOX_GATEWAY_MODEL_KEY'), { value: '***', from: 'file' })
    t.match(shown.get('TANBOX_LEDGER_ORIGIN'), { value: 'box.example', from: 'file' })
    t.match(shown.get('TANBOX_LEDGER_PORT'), { value: '8472', from: 'default' })
    t.equal(shown.size, config.explained.length, 'each once')
    t.notMatch(JSON.stringify(config.explained), 'sk-secret')
  },
)

t.test('the code that the box enrols itself with is a secret', async (t) => {
  const data = folder(t)
  const config = readConfig({ TANBOX_DATA: data, TANBOX_GATEWAY_CODE: 'K7Q2-AAAA' })
  t.equal(config.gatewayCode, 'K7Q2-AAAA')
  t.match(
    config.explained.find(({ name }) => name === 'TANBOX_GATEWAY_CODE'),
    { value: '***', from: 'environment' },
  )
})

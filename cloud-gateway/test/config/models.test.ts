import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError, readConfig } from '../../src/config.ts'
import { createTargets } from '../../src/providers/create-targets.ts'
import { defaultTimers } from '../../src/providers/provider.ts'

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-models-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The configuration with this `models.json`, readable by its owner alone. */
function read(t: Test, file: unknown, environment: Record<string, string> = {}, mode = 0o600) {
  const data = folderOf(t)
  const path = join(data, 'models.json')
  writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file))
  chmodSync(path, mode)
  return readConfig({ TANBOX_GATEWAY_DATA: data, ...environment })
}

const glm = { provider: 'openai', url: 'http://10.0.0.5:8000/v1', model: 'glm-4-9b-chat' }

t.test('without a file the settings make one target that every box asks for', async (t) => {
  const data = folderOf(t)
  t.match(readConfig({ TANBOX_GATEWAY_DATA: data }).models, {
    targets: [{ name: 'default', provider: 'extractive' }],
    aliases: { default: ['default'] },
  })
  const { models } = readConfig({
    TANBOX_GATEWAY_DATA: data,
    TANBOX_GATEWAY_PROVIDER: 'openai',
    TANBOX_GATEWAY_MODEL_URL: 'http://127.0.0.1:8000/v1',
    TANBOX_GATEWAY_MODEL_NAME: 'glm',
    TANBOX_GATEWAY_MODEL_KEY: 'sk-1',
    TANBOX_GATEWAY_MODEL_EXTRA: '{"temperature": 0.1}',
    TANBOX_GATEWAY_MODEL_CONCURRENCY: '1000',
    TANBOX_GATEWAY_IDLE_MS: '4000',
  })
  t.match(models.targets, [
    {
      name: 'default',
      provider: 'openai',
      dialect: 'openai',
      key: 'sk-1',
      extra: { temperature: 0.1 },
      contextTokens: 32_768,
      concurrency: 1000,
      timers: { ...defaultTimers, idleMs: 4000 },
    },
  ])
})

t.test('each provider has what it is usually run with', async (t) => {
  const data = folderOf(t)
  const environment = { TANBOX_GATEWAY_DATA: data, TANBOX_GATEWAY_MODEL_URL: 'http://127.0.0.1:9/' }
  t.match(
    readConfig({ ...environment, TANBOX_GATEWAY_PROVIDER: 'ollama', TANBOX_GATEWAY_MODEL_NAME: 'qwen3' })
      .models.targets,
    [{ provider: 'ollama', contextTokens: 8192, concurrency: 4, timers: { firstTokenMs: 300_000 } }],
  )
  t.match(readConfig({ ...environment, TANBOX_GATEWAY_PROVIDER: 'chatglm' }).models.targets, [
    { provider: 'chatglm', model: 'chatglm-6b', contextTokens: 2048, concurrency: 1 },
  ])
  t.match(
    readConfig({
      ...environment,
      TANBOX_GATEWAY_PROVIDER: 'chatglm',
      TANBOX_GATEWAY_FIRST_TOKEN_MS: '9000',
      TANBOX_GATEWAY_MODEL_CONTEXT: '1024',
    }).models.targets,
    [{ contextTokens: 1024, timers: { firstTokenMs: 9000 } }],
  )
})

t.test('the file says which targets there are and in which order they are tried', async (t) => {
  const { models } = read(t, {
    targets: {
      glm: {
        ...glm,
        dialect: 'vllm',
        adapter: 'carbon',
        contextTokens: 131_072,
        concurrency: 32,
        price: { promptPerMillion: '0.5', completionPerMillion: '1.000001' },
        energy: { promptPerThousand: 900, completionPerThousand: 41_000, source: 'metered at the socket' },
        timers: { idleMs: 5000 },
        thinking: false,
        extra: { temperature: 0.2 },
      },
      local: { provider: 'ollama', url: 'http://127.0.0.1:11434', model: 'qwen3:8b' },
    },
    aliases: { default: ['glm', 'local', 'extractive'], quick: ['local'] },
  })
  const { targets, aliases } = createTargets(models, () => 1)
  t.same(
    targets.map(({ name }) => name),
    ['glm', 'local', 'extractive'],
  )
  t.same(
    [...aliases].map(([alias, list]) => [alias, list.map(({ name }) => name)]),
    [
      ['default', ['glm', 'local', 'extractive']],
      ['quick', ['local']],
    ],
  )
  t.equal(aliases.get('quick')?.[0], targets[1], 'one target, however many lists name it')
  const [target] = targets
  t.same(target?.price, { prompt: 500_000, completion: 1_000_001 })
  t.same(target?.energy, { prompt: 900, completion: 41_000 })
  t.same(target?.timers, { ...defaultTimers, idleMs: 5000 })
  t.match(target, { contextTokens: 131_072, concurrency: 32, provider: { model: 'carbon' } })
  t.match(targets[2], { price: { prompt: 0, completion: 0 }, energy: null })
})

t.test('without aliases the targets are tried in the order of the file', async (t) => {
  const { models } = read(t, { targets: { a: glm, b: { provider: 'extractive' } } })
  t.same(models.aliases, { default: ['a', 'b'] })
})

t.test('every mistake is named by its place, and no value is repeated', async (t) => {
  const wrong: [unknown, string | RegExp][] = [
    ['{', 'cannot be read as JSON'],
    [[], 'expected an object'],
    [{}, 'targets: is missing'],
    [{ targets: {}, alias: {} }, 'alias: there is no such member'],
    [{ targets: { a: 1 } }, 'targets.a: expected an object'],
    [{ targets: { a: {} } }, 'targets.a.provider: expected extractive, openai, ollama, chatglm'],
    [{ targets: { 'a b': glm } }, 'targets.a b: expected a name'],
    [{ targets: { a: { provider: 'openai', model: 'm' } } }, 'targets.a.url: is missing'],
    [
      { targets: { a: { ...glm, url: 'ftp://secret-host' } } },
      'targets.a.url: expected an http or https address',
    ],
    [
      { targets: { a: { ...glm, url: 'http://u:secret@host/v1' } } },
      'targets.a.url: the key has a setting of its own',
    ],
    [{ targets: { a: { ...glm, url: 'http://h/v1/chat/completions' } } }, 'targets.a.url: leave out'],
    [{ targets: { a: { ...glm, modle: 'secret' } } }, 'targets.a.modle: there is no such member'],
    [{ targets: { a: { ...glm, contextTokens: 1.5 } } }, 'targets.a.contextTokens: expected a whole number'],
    [{ targets: { a: { ...glm, contextTokens: 1 } } }, 'targets.a.contextTokens: expected a number >= 256'],
    [{ targets: { a: { ...glm, timers: { idle: 1 } } } }, 'targets.a.timers.idle: there is no such member'],
    [
      { targets: { a: { ...glm, dialect: 'secret' } } },
      /targets\.a\.dialect: expected openai, vllm, .*chatglm3/,
    ],
    [
      { targets: { a: { ...glm, price: { promptPerMillion: 0.1, completionPerMillion: '1' } } } },
      'targets.a.price.promptPerMillion: expected text',
    ],
    [
      { targets: { a: { ...glm, price: { promptPerMillion: '1e3', completionPerMillion: '1' } } } },
      'targets.a.price.promptPerMillion: expected an amount',
    ],
    [
      { targets: { a: { ...glm, energy: { promptPerThousand: 1, completionPerThousand: 1 } } } },
      'targets.a.energy.source: is missing',
    ],
    [{ targets: { a: { ...glm, extra: { n: 5 } } } }, 'targets.a.extra.n: requests may not have it'],
    [
      { targets: { a: { ...glm, extra: { best_of: 5 } } } },
      'targets.a.extra.best_of: requests may not have it',
    ],
    [{ targets: { a: { ...glm, tokenize: true } } }, 'targets.a.tokenize: this dialect has no way'],
    [{ targets: { a: { ...glm, signKey: true } } }, 'targets.a.signKey: only zhipu'],
    [
      { targets: { a: { ...glm, dialect: 'zhipu', signKey: true, key: 'secret' } } },
      'targets.a.signKey: expected a key',
    ],
    [
      { targets: { a: { ...glm, dialect: 'zhipu', continuousUsage: true } } },
      'targets.a.continuousUsage: this dialect does not know it',
    ],
    [
      { targets: { a: { provider: 'ollama', url: 'http://h:11434/v1', model: 'm' } } },
      'targets.a.url: leave out /v1 and /api',
    ],
    [
      { targets: { a: { provider: 'ollama', url: 'http://h:11434', model: 'm', options: { num_ctx: 1 } } } },
      'targets.a.options.num_ctx: contextTokens',
    ],
    [{ targets: { a: glm }, aliases: { default: ['b'] } }, 'aliases.default[0]: there is no target b'],
    [{ targets: { a: glm }, aliases: { default: ['a', 'a'] } }, 'aliases.default[1]: a stands there twice'],
    [{ targets: { a: glm }, aliases: { default: [] } }, 'aliases.default: must not have fewer'],
    [{ targets: { a: glm }, aliases: { other: ['a'] } }, 'aliases.default: boxes ask for it'],
    [
      { targets: { a: { ...glm, key: 'secret', keyEnv: 'X' } } },
      'targets.a: expected one of key, keyFile and keyEnv',
    ],
    [{ targets: { a: { ...glm, keyEnv: 'NO_SUCH' } } }, 'targets.a.keyEnv: NO_SUCH is not set'],
    [
      { targets: { a: { ...glm, keyFile: 'missing.key' } } },
      /targets\.a\.keyFile: .*missing\.key cannot be read/,
    ],
  ]
  for (const [file, expected] of wrong) {
    try {
      read(t, file)
      t.fail(`accepted ${JSON.stringify(file)}`)
    } catch (error) {
      const { message } = error as Error
      t.type(error, ConfigError)
      if (typeof expected === 'string') t.ok(message.includes(expected), `${expected}: ${message}`)
      else t.match(message, expected)
      t.notMatch(message, /secret/)
    }
  }
})

t.test('all mistakes of a file are told at once', async (t) => {
  t.throws(
    () => read(t, { targets: { a: { ...glm, modle: 1 }, b: { provider: 'openai' } } }),
    /targets\.a\.modle.*\n.*targets\.b\.url: is missing.*\n.*targets\.b\.model: is missing/s,
  )
})

t.test('a key stands in the file, in a file beside it or in the environment', async (t) => {
  const keyOf = (config: ReturnType<typeof read>) => {
    const [target] = config.models.targets
    return target && 'key' in target ? target.key : null
  }
  t.equal(keyOf(read(t, { targets: { a: { ...glm, key: 'sk-1' } } })), 'sk-1')
  t.equal(keyOf(read(t, { targets: { a: { ...glm, keyEnv: 'GLM_KEY' } } }, { GLM_KEY: ' sk-2\n' })), 'sk-2')
  const data = folderOf(t)
  writeFileSync(join(data, 'glm.key'), 'sk-3\n', { mode: 0o600 })
  writeFileSync(join(data, 'models.json'), JSON.stringify({ targets: { a: { ...glm, keyFile: 'glm.key' } } }))
  t.equal(keyOf(readConfig({ TANBOX_GATEWAY_DATA: data })), 'sk-3')
  chmodSync(join(data, 'glm.key'), 0o644)
  t.throws(() => readConfig({ TANBOX_GATEWAY_DATA: data }), /others can read .*glm\.key; chmod 600/)
  writeFileSync(join(data, 'glm.key'), '\n')
  t.throws(() => readConfig({ TANBOX_GATEWAY_DATA: data }), /holds no key/)
})

t.test('a file that others can read may hold no key', async (t) => {
  const file = { targets: { a: { ...glm, key: 'sk-1' } } }
  t.throws(() => read(t, file, {}, 0o644), /targets\.a\.key: others can read .*models\.json; chmod 600/)
  t.ok(read(t, { targets: { a: glm } }, {}, 0o644))
})

t.test('keys are masked wherever the configuration is shown', async (t) => {
  const { explained } = read(t, {
    targets: { a: { ...glm, key: 'sk-secret' }, b: glm },
    aliases: { default: ['a', 'b'] },
  })
  const shown = Object.fromEntries(explained.map(({ name, value }) => [name, value]))
  t.match(shown['targets.a'], /"key":"\*\*\*"/)
  t.match(shown['targets.b'], /"key":""/)
  t.equal(shown['aliases.default'], 'a, b')
  t.notMatch(JSON.stringify(explained), /sk-secret/)
  t.notOk('TANBOX_GATEWAY_PROVIDER' in shown, 'settings that are without effect are not shown')
})

t.test('settings for one model beside the file would have no effect, so they are refused', async (t) => {
  t.throws(
    () =>
      read(
        t,
        { targets: { a: glm } },
        { TANBOX_GATEWAY_PROVIDER: 'extractive', TANBOX_GATEWAY_IDLE_MS: '9000' },
      ),
    /TANBOX_GATEWAY_PROVIDER, TANBOX_GATEWAY_IDLE_MS: .*models\.json says which models/,
  )
})

t.test('a file that was named must be there', async (t) => {
  t.throws(
    () => readConfig({ TANBOX_GATEWAY_DATA: folderOf(t), TANBOX_GATEWAY_MODELS: '/no/such/models.json' }),
    /there is no such file/,
  )
})

t.test('the simple form is checked like the file', async (t) => {
  const data = folderOf(t)
  const settings = { TANBOX_GATEWAY_DATA: data, TANBOX_GATEWAY_MODEL_NAME: 'm' }
  t.throws(
    () =>
      readConfig({
        ...settings,
        TANBOX_GATEWAY_PROVIDER: 'openai',
        TANBOX_GATEWAY_MODEL_URL: 'http://h/v1',
        TANBOX_GATEWAY_MODEL_EXTRA: '{"n": 4}',
      }),
    /TANBOX_GATEWAY_MODEL_EXTRA\.n: requests may not have it/,
  )
  t.throws(
    () =>
      readConfig({
        ...settings,
        TANBOX_GATEWAY_PROVIDER: 'ollama',
        TANBOX_GATEWAY_MODEL_URL: 'http://h:11434/v1',
      }),
    /TANBOX_GATEWAY_MODEL_URL: leave out \/v1/,
  )
  t.throws(
    () => readConfig({ ...settings, TANBOX_GATEWAY_PROVIDER: 'chatglm' }),
    /needs TANBOX_GATEWAY_MODEL_URL/,
  )
  t.throws(
    () => readConfig({ ...settings, TANBOX_GATEWAY_PROVIDER: 'gpt' }),
    /expected extractive, openai, ollama or/,
  )
})

t.test('the example in the documentation is one', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/engines.md'), 'utf8')
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const data = folderOf(t)
  writeFileSync(join(data, 'models.json'), example)
  writeFileSync(join(data, 'glm.key'), 'sk-1', { mode: 0o600 })
  const { models } = readConfig({ TANBOX_GATEWAY_DATA: data, BIGMODEL_KEY: 'sk-2' })
  t.same(
    models.targets.map(({ name }) => name),
    ['glm', 'cloud', 'local', 'extractive'],
  )
})

/**
 * Checks any OpenAI-compatible server: `npm run -s test:live`.
 *
 * TANBOX_LIVE_BASE_URL  up to and without /chat/completions, e.g. http://127.0.0.1:8000/v1
 * TANBOX_LIVE_MODEL     name of the model there
 * TANBOX_LIVE_KEY       key; may be left out
 * TANBOX_LIVE_DIALECT   openai (when left out), vllm, sglang, xinference, zhipu, chatglm2 or chatglm3
 *
 * One line for each check, and what was seen; status 0 when none failed, 1 when one did, 2 when there is nothing to
 * check.
 */
import { type DialectName, dialectNames } from '../../src/providers/openai/dialects.ts'
import { checks } from './checks.ts'
import { createLiveModel, type LiveSettings } from './live-model.ts'

const {
  TANBOX_LIVE_BASE_URL: baseUrl = '',
  TANBOX_LIVE_MODEL: model = '',
  TANBOX_LIVE_KEY: key = '',
  TANBOX_LIVE_DIALECT: dialect = 'openai',
} = process.env

function giveUp(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}

function readSettings(): LiveSettings {
  if (baseUrl === '' || model === '') {
    giveUp('Nothing was checked: set TANBOX_LIVE_BASE_URL and TANBOX_LIVE_MODEL to a model server.')
  }
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    giveUp('Nothing was checked: TANBOX_LIVE_BASE_URL is no http or https address.')
  }
  if (!dialectNames.includes(dialect as DialectName)) {
    giveUp(`Nothing was checked: TANBOX_LIVE_DIALECT is none of ${dialectNames.join(', ')}.`)
  }
  // The address of the server alone is what people have at hand; the interface is at /v1 almost everywhere.
  if (url.pathname === '/') url.pathname = '/v1'
  return {
    baseUrl: url.href.replace(/\/chat\/completions\/*$/, ''),
    model,
    key,
    dialect: dialect as DialectName,
  }
}

const settings = readSettings()
console.log(`model ${settings.model} at ${settings.baseUrl} (${settings.dialect})`)
const live = createLiveModel(settings)
let passed = 0
let failed = 0
for (const check of checks) {
  try {
    const { verdict, text } = await check.run(live, settings)
    passed += 1
    console.log(`${verdict.padEnd(4)} ${check.name}: ${text}`)
  } catch (error) {
    failed += 1
    const { code, message } = error as Error & { code?: string }
    console.log(`FAIL ${check.name}: ${code ? `${code}, ` : ''}${message}`)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

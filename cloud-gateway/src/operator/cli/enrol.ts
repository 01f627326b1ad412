import { unlimitedQuota } from '../../accounts/box-folder.ts'
import { newEnrolmentCode } from '../../accounts/enrolment-code.ts'
import type { Config } from '../../config.ts'
import { type Command, type Surround, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { say } from './language.ts'
import { UsageError } from './options.ts'
import { durationOf, quotaOf } from './values.ts'

/** Tokens that one question with its passages and its answer may well take. */
const oneQuestion = 8000

/** Makes a code and says what its owner has to type. */
export const enrol: Command = async (surround) => {
  const { values, output, language, config } = surround
  const quota = quotaOf(values, unlimitedQuota)
  const expiresAt = Date.now() + durationOf(values.expires ?? '24h')
  const settings = config()
  const { address, guessed } = addressOf(values.url, settings)
  const name = nameOf(settings)
  const code = newEnrolmentCode()
  const accounts = await surround.accounts()
  await accounts.createCode({ code, label: values.label ?? '', quota, expiresAt })
  const expires = new Date(expiresAt).toISOString()
  const typed = commandOf(address, code, name)
  if (output.json) {
    const label = values.label ?? ''
    output.document({ code, label, expires, quota, gateway: name, address, command: typed })
    return exitCodes.ok
  }
  tell(surround, 'codeIs', expires.slice(0, 16).replace('T', ' ').concat(' UTC'))
  output.line(`  ${code}`)
  output.line(say(language, 'typeOnBox'))
  output.line(`  ${typed}`)
  const local = isLoopback(new URL(address).hostname)
  if (local) output.remark(say(language, 'addressLocal'))
  else if (guessed) output.remark(say(language, 'addressGuessed'))
  if (!local && settings.name === '') output.remark(say(language, 'noName', name))
  warnSmall(surround, quota.tokensPerMinute, 'minute')
  warnSmall(surround, quota.tokensPerDay, 'day')
  return exitCodes.ok
}

/** As the gateway calls itself (context.ts). */
const nameOf = ({ name, host }: Config) => name || host

function commandOf(address: string, code: string, name: string): string {
  const words = ['npx', 'tanbox', 'gateway', 'enrol', address, '--code', code]
  // The box takes the host in the address where nothing else is said.
  if (new URL(address).hostname !== name) words.push('--name', name)
  return words.join(' ')
}

const isLoopback = (host: string) => /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(host)

/** Under which boxes reach it: as given or set, else what its own settings make likely. */
function addressOf(given: string | undefined, config: Config): { address: string; guessed: boolean } {
  if (given !== undefined) {
    const url = URL.parse(given)
    if (url?.protocol !== 'wss:' && url?.protocol !== 'ws:') throw new UsageError(['badUrl'])
    return { address: given, guessed: false }
  }
  if (config.publicUrl !== '') return { address: config.publicUrl, guessed: false }
  const everywhere = ['0.0.0.0', '::'].includes(config.host)
  const host = config.name.includes('.') || everywhere ? config.name || '127.0.0.1' : config.host
  const written = host.includes(':') ? `[${host}]` : host
  return { address: `${config.tlsCert === '' ? 'ws' : 'wss'}://${written}:${config.port}`, guessed: true }
}

function warnSmall({ output, language }: Surround, limit: number | null, span: 'minute' | 'day'): void {
  if (limit === null || limit >= oneQuestion) return
  const names = { minute: { zh: '分钟', en: 'minute' }, day: { zh: '日', en: 'day' } }
  output.remark(say(language, 'smallQuota', names[span][language], oneQuestion))
}

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { becomeOwner } from '@tanbox/cloud-gateway/become-owner'
import { EnrolError, enrolWithCode } from '@tanbox/cloud-gateway/enrol'
import { createIdentity, type Identity, openKeyFile, successorOf } from '@tanbox/cloud-gateway/identity'
import { reasonOf } from '../errors.ts'
import { Refused } from './box.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { say } from './language.ts'
import { type Output, safe } from './output.ts'
import { readSettingsFile, writeSettingsFile } from './settings-file.ts'

export interface EnrolRequest {
  url: string
  gateway: string
  code: string
}

/** Where the box that is meant keeps its files; null: below its data folder. */
export interface BoxFiles {
  data: string
  settingsFile: string | null
  gatewayKey: string | null
  /** The box runs as a service, whose environment wins over the settings file. */
  service: boolean
}

/**
 * Enrols this box at a gateway by a code and writes the gateway's address and name into its settings. No box need be
 * running. Harmless when it is done again. A box that the gateway has shut out gets a new id and key. Throws Refused
 * with the reason.
 */
export async function enrol(
  request: EnrolRequest,
  files: BoxFiles,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { url, gateway, code } = request
  becomeOwner(files.data)
  await mkdir(files.data, { recursive: true, mode: 0o700 })
  const file = files.settingsFile ?? join(files.data, 'tanbox.json')
  const settings = await readSettingsFile(file)
  const keyFile = files.gatewayKey ?? keyFileIn(settings) ?? join(files.data, 'keys/gateway.json')
  const label = labelIn(settings)
  const before = createIdentity(keyFile)
  const identity = await registerOrSucceed(keyFile, gateway, (each) =>
    enrolWithCode({ url, gateway, code, identity: each, label, signal }),
  )
  const made = { TANBOX_GATEWAY_URL: url, TANBOX_GATEWAY_NAME: gateway }
  // A code that stands in the settings has done its work.
  const { TANBOX_GATEWAY_CODE: _, ...kept } = settings ?? {}
  if (settings) await writeSettingsFile(file, { ...kept, ...made })
  const { box, key } = identity
  const instead = identity.box === before.box ? null : before.box
  show({ box, key, gateway, url, settings: settings ? file : null, insteadOf: instead }, made, output)
  if (files.service && !output.json) showService(made, output)
  const own =
    existsSync(join(files.data, 'gateway')) && /^(?:localhost|127\.|\[::1\])/.test(new URL(url).hostname)
  if (own && !files.service) output.remark(say(output.language, 'ownGateway'))
  return exitCodes.ok
}

/**
 * Registers the box's key; a new one, with a new id, where the gateway will never take the present one (it was revoked,
 * or its box has another key). Throws Refused.
 */
async function registerOrSucceed(
  keyFile: string,
  gateway: string,
  register: (identity: Identity) => Promise<void>,
): Promise<Identity> {
  const refused = ({ code }: EnrolError) => new Refused(403, reasonOf(`enrol-${code}`, gateway))
  const { present } = openKeyFile(keyFile)
  const first = await failureOf(register(present))
  if (!first) return present
  const successor = successorOf(keyFile)
  const shutOut = first.code === 'box-revoked' || first.code === 'box-taken'
  // By the successor, perhaps: the reply may have been lost.
  const used = first.code === 'code-used' && successor.waiting
  if (!shutOut && !used) throw refused(first)
  const second = await failureOf(register(successor.make()))
  if (second) throw refused(second.code === 'code-used' ? first : second)
  successor.takeOver()
  return openKeyFile(keyFile).present
}

async function failureOf(done: Promise<void>): Promise<EnrolError | null> {
  try {
    await done
    return null
  } catch (cause) {
    if (cause instanceof EnrolError) return cause
    throw cause
  }
}

interface Done {
  box: string
  key: string
  gateway: string
  url: string
  /** Null: they could not be written. */
  settings: string | null
  /** The id under which this gateway takes the box no more. */
  insteadOf: string | null
}

function show(done: Done, made: Record<string, string>, output: Output): void {
  if (output.json) {
    output.document(done)
    return
  }
  const { language } = output
  const at = safe(done.gateway)
  output.line(language === 'zh' ? `已在网关 ${at} 登记：${done.box}` : `Enrolled at ${at}: ${done.box}`)
  if (done.insteadOf) output.line(`${say(language, 'newKey')}${done.insteadOf}`)
  if (done.settings) output.line(`${say(language, 'settingsWritten')} ${safe(done.settings)}`)
  else output.line(`${say(language, 'settingsByHand')}: ${JSON.stringify(made)}`)
  output.line(say(language, 'restartBox'))
}

/** The unit sets the address of the gateway beside it (systemd/tanbox-appliance.service). */
function showService(made: Record<string, string>, { language, ...output }: Output): void {
  output.line(say(language, 'serviceSettings'))
  for (const [name, value] of Object.entries(made)) output.line(`  ${name}=${safe(value)}`)
  output.line('  sudo systemctl restart tanbox-appliance')
}

const textIn = (settings: Record<string, unknown> | null, name: string): string | null => {
  const value = settings?.[name]
  return typeof value === 'string' && value !== '' ? value : null
}
const keyFileIn = (settings: Record<string, unknown> | null) => {
  const path = textIn(settings, 'TANBOX_GATEWAY_KEY')
  return path === null ? null : resolve(path)
}
const labelIn = (settings: Record<string, unknown> | null) => textIn(settings, 'TANBOX_NAME') ?? 'Tanbox'

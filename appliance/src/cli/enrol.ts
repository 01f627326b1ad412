import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EnrolError, enrolWithCode } from '@tanbox/cloud-gateway/enrol'
import { createIdentity, openKeyFile } from '@tanbox/cloud-gateway/identity'
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
}

/**
 * Enrols this box at a gateway by a code and writes the gateway's address and name into its settings. No box need be
 * running. Harmless when it is done again. Throws Refused with the reason.
 */
export async function enrol(
  request: EnrolRequest,
  files: BoxFiles,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { url, gateway, code } = request
  await mkdir(files.data, { recursive: true, mode: 0o700 })
  const file = files.settingsFile ?? join(files.data, 'tanbox.json')
  const settings = await readSettingsFile(file)
  const keyFile = files.gatewayKey ?? keyFileIn(settings) ?? join(files.data, 'keys/gateway.json')
  createIdentity(keyFile)
  const identity = openKeyFile(keyFile).present
  try {
    await enrolWithCode({ url, gateway, code, identity, label: labelIn(settings), signal })
  } catch (cause) {
    if (!(cause instanceof EnrolError)) throw cause
    throw new Refused(403, reasonOf(`enrol-${cause.code}`, gateway))
  }
  const made = { TANBOX_GATEWAY_URL: url, TANBOX_GATEWAY_NAME: gateway }
  // A code that stands in the settings has done its work.
  const { TANBOX_GATEWAY_CODE: _, ...kept } = settings ?? {}
  if (settings) await writeSettingsFile(file, { ...kept, ...made })
  show({ box: identity.box, key: identity.key, gateway, url, settings: settings ? file : null }, made, output)
  return exitCodes.ok
}

function show(
  done: { box: string; key: string; gateway: string; url: string; settings: string | null },
  made: Record<string, string>,
  output: Output,
): void {
  if (output.json) {
    output.document(done)
    return
  }
  const { language } = output
  output.line(`${say(language, 'enrolled')} ${safe(done.gateway)}: ${done.box}`)
  if (done.settings) output.line(`${say(language, 'settingsWritten')} ${safe(done.settings)}`)
  else output.line(`${say(language, 'settingsByHand')}: ${JSON.stringify(made)}`)
  output.line(say(language, 'restartBox'))
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

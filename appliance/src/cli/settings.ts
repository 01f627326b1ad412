import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Language } from './language.ts'

/** What the command line takes from its surroundings; the only place in it that reads the environment. */
export interface Surroundings {
  /** The data folder that is meant when none is named. */
  data: string
  language: Language
  /** The settings file and the gateway's key file, where the environment names them. */
  settingsFile: string | null
  gatewayKey: string | null
  /** Colours are wanted: a terminal, and NO_COLOR is not set (no-color.org). */
  color: boolean
  columns: number
  /** This is the installation of the services of this machine (firmware-scripts/). */
  service: boolean
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
/** What systemd/tanbox-appliance.service says. */
const service = { root: '/opt/tanbox', data: '/var/lib/tanbox' }

export function readSurroundings(environment: NodeJS.ProcessEnv = process.env, from = root): Surroundings {
  return {
    data: dataFolder(environment, from),
    service: from === service.root,
    language: languageOf(environment),
    settingsFile: pathOf(environment.TANBOX_CONFIG),
    gatewayKey: pathOf(environment.TANBOX_GATEWAY_KEY),
    color: process.stdout.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb',
    columns: process.stdout.columns || 80,
  }
}

const pathOf = (value: string | undefined): string | null => (value ? resolve(value) : null)

/**
 * TANBOX_DATA, else `data` where the person stands when a box runs on it, else that of the services or `data` of this
 * installation.
 */
function dataFolder(environment: NodeJS.ProcessEnv, from: string): string {
  if (environment.TANBOX_DATA) return resolve(environment.TANBOX_DATA)
  const here = resolve('data')
  if (existsSync(join(here, 'cli.json'))) return here
  return from === service.root ? service.data : join(from, 'data')
}

/** As POSIX orders them: LC_ALL, LC_MESSAGES, LANG. Chinese for every zh locale, else English. */
function languageOf(environment: NodeJS.ProcessEnv): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || ''
  return /^zh/i.test(locale) ? 'zh' : 'en'
}

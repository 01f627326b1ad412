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
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

export function readSurroundings(environment: NodeJS.ProcessEnv = process.env): Surroundings {
  return {
    data: dataFolder(environment),
    language: languageOf(environment),
    settingsFile: pathOf(environment.TANBOX_CONFIG),
    gatewayKey: pathOf(environment.TANBOX_GATEWAY_KEY),
    color: process.stdout.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb',
    columns: process.stdout.columns || 80,
  }
}

const pathOf = (value: string | undefined): string | null => (value ? resolve(value) : null)

/** TANBOX_DATA, else `data` where the person stands when a box runs on it, else `data` of this installation. */
function dataFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.TANBOX_DATA) return resolve(environment.TANBOX_DATA)
  const here = resolve('data')
  return existsSync(join(here, 'cli.json')) ? here : join(root, 'data')
}

/** As POSIX orders them: LC_ALL, LC_MESSAGES, LANG. Chinese for every zh locale, else English. */
function languageOf(environment: NodeJS.ProcessEnv): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || ''
  return /^zh/i.test(locale) ? 'zh' : 'en'
}

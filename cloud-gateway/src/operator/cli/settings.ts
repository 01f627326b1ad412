import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, readConfig } from '../../config.ts'
import type { Language } from './language.ts'

/** What the command line takes from its surroundings; the only place in it that reads the environment. */
export interface Surroundings {
  language: Language
  /** Settings of the gateway whose data lie at `--data`, TANBOX_GATEWAY_DATA, or in the installation. */
  config: (data: string | undefined) => Config
}

const root = resolve(import.meta.dirname, '../../../..')

export function readSurroundings(environment: NodeJS.ProcessEnv = process.env): Surroundings {
  return {
    language: languageOf(environment),
    config: (data) =>
      readConfig({
        ...environment,
        TANBOX_GATEWAY_DATA: data ?? (environment.TANBOX_GATEWAY_DATA || defaultFolder(environment)),
      }),
  }
}

/** That of the box: TANBOX_DATA/gateway, else ./data/gateway where there is one, else that of the installation. */
function defaultFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.TANBOX_DATA) return join(environment.TANBOX_DATA, 'gateway')
  const here = resolve('data/gateway')
  return existsSync(here) ? here : join(root, 'data/gateway')
}

/** As POSIX orders them: LC_ALL, LC_MESSAGES, LANG. Chinese for every zh locale, else English. */
function languageOf(environment: NodeJS.ProcessEnv): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || ''
  return /^zh/i.test(locale) ? 'zh' : 'en'
}

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, readConfig } from '../../config.ts'
import type { Language } from './language.ts'
import { serviceEnvironment, servicePlace } from './service.ts'

/** What the command line takes from its surroundings; the only place in it that reads the environment. */
export interface Surroundings {
  language: Language
  /**
   * Settings of the gateway whose data lie at `--data`, TANBOX_GATEWAY_DATA, or in the installation; where nothing is
   * named and this is the installation of a service, those of the service.
   */
  config: (data: string | undefined) => Config
}

const root = resolve(import.meta.dirname, '../../../..')

export function readSurroundings(
  environment: NodeJS.ProcessEnv = process.env,
  place = { root, service: servicePlace },
): Surroundings {
  return {
    language: languageOf(environment),
    config(data) {
      const named = data ?? (environment.TANBOX_GATEWAY_DATA || undefined)
      if (named === undefined && !environment.TANBOX_DATA && place.root === place.service.root) {
        const service = serviceEnvironment(place.service)
        // Named in the unit, where the file names no other.
        const { TANBOX_GATEWAY_DATA: _, ...rest } = environment
        const folder = service.values.TANBOX_GATEWAY_DATA ? {} : { TANBOX_GATEWAY_DATA: place.service.data }
        return readConfig({ ...rest, ...folder }, service)
      }
      return readConfig({ ...environment, TANBOX_GATEWAY_DATA: named ?? defaultFolder(environment) })
    },
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

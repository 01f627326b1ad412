import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from '../config.ts'
import type { Language } from './language.ts'

/** What the command line takes from its surroundings; the only place in it that reads the environment. */
export interface Surroundings {
  language: Language
  /** COLUMNS, for a terminal that does not say its width; 0 where it is not set. */
  columns: number
  /** Settings of the node whose data lie at `--data`, TANBOX_LEDGER_DATA, or in the installation. */
  config: (data: string | undefined) => Config
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

export function readSurroundings(environment: NodeJS.ProcessEnv = process.env): Surroundings {
  return {
    language: languageOf(environment),
    columns: /^\d{2,4}$/.test(environment.COLUMNS ?? '') ? Number(environment.COLUMNS) : 0,
    config: (data) =>
      readConfig({
        ...environment,
        TANBOX_LEDGER_DATA: data ?? (environment.TANBOX_LEDGER_DATA || defaultFolder(environment)),
      }),
  }
}

/** That of the box: TANBOX_DATA/ledger, else ./data/ledger where there is one, else data/ledger of the installation. */
function defaultFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.TANBOX_DATA) return join(environment.TANBOX_DATA, 'ledger')
  const here = resolve('data/ledger')
  return existsSync(here) ? here : join(root, 'data/ledger')
}

/** As POSIX orders them: LC_ALL, LC_MESSAGES, LANG. Chinese for every zh locale, else English. */
function languageOf(environment: NodeJS.ProcessEnv): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || ''
  return /^zh/i.test(locale) ? 'zh' : 'en'
}

/** Where the node of these settings answers: what it wrote when it began to listen, else its port on this machine. */
export function addressOf({ local, port }: Config): string {
  try {
    const url = readFileSync(join(local, 'url'), 'utf8').trim()
    if (URL.canParse(url)) return url
  } catch {
    // It never ran, or runs as another user.
  }
  return `http://127.0.0.1:${port}`
}

/** The token of the node; null where it cannot be read. */
export function tokenOf({ tokenFile }: Config): string | null {
  try {
    return readFileSync(tokenFile, 'utf8').trim()
  } catch {
    return null
  }
}

import { resolve } from 'node:path'

/** Settings of the ledger node. This file alone reads the environment. */
export interface Config {
  /** Folder of the log. */
  data: string
  /** File with the bearer token, 0600. */
  tokenFile: string
  host: string
  /** 0: any free port. */
  port: number
  /** First part of the origin of a log that begins here. */
  originHost: string
}

/** @throws Error with one sentence that names the setting */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Readonly<Config> {
  const data = resolve(environment.TANBOX_LEDGER_DATA || 'data/ledger')
  return Object.freeze({
    data,
    tokenFile: resolve(environment.TANBOX_LEDGER_TOKEN || `${data}/token`),
    host: environment.TANBOX_LEDGER_HOST || '127.0.0.1',
    port: readPort('TANBOX_LEDGER_PORT', environment.TANBOX_LEDGER_PORT || '8472'),
    originHost: readOriginHost(environment.TANBOX_LEDGER_ORIGIN || 'tanbox.local'),
  })
}

function readPort(name: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Error(`${name} has to be a port number, not "${text}".`)
  return Number(text)
}

function readOriginHost(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]{0,200}$/.test(text)) return text
  throw new Error(`TANBOX_LEDGER_ORIGIN has to be a host name in lower case, not "${text}".`)
}

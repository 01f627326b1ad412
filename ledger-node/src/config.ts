import { resolve } from 'node:path'

/** Settings of the ledger node. This file alone reads the environment. */
export interface Config {
  /** Folder of the log. */
  readonly data: string
  /** File with the bearer token, 0600. */
  readonly tokenFile: string
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** First part of the origin of a log that begins here. */
  readonly originHost: string
  readonly explained: readonly ExplainedSetting[]
}

export interface ExplainedSetting {
  name: string
  value: string
  from: 'default' | 'environment'
  description: string
}

/** @throws Error with one sentence that names the setting */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const explained: ExplainedSetting[] = []
  const read = <T>(
    name: string,
    fallback: string,
    parse: (text: string, name: string) => T,
    description: string,
  ): T => {
    const given = environment[name]
    const value = parse(given || fallback, name)
    explained.push({ name, value: String(value), from: given ? 'environment' : 'default', description })
    return value
  }
  const path = (text: string) => resolve(text)
  const text = (value: string) => value
  const data = read('TANBOX_LEDGER_DATA', 'data/ledger', path, 'Folder of the log')
  return Object.freeze({
    data,
    tokenFile: read('TANBOX_LEDGER_TOKEN', `${data}/token`, path, 'Token file of the ledger node'),
    host: read('TANBOX_LEDGER_HOST', '127.0.0.1', text, 'Address the ledger node listens on'),
    port: read('TANBOX_LEDGER_PORT', '8472', port, 'Port of the ledger node; 0 takes a free one'),
    originHost: read(
      'TANBOX_LEDGER_ORIGIN',
      'tanbox.local',
      originHost,
      'First part of the name of a log that begins here',
    ),
    explained: Object.freeze(explained),
  })
}

function port(text: string, name: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Error(`${name} has to be a port number, not "${text}".`)
  return Number(text)
}

function originHost(text: string, name: string): string {
  if (/^[a-z0-9][a-z0-9.-]{0,200}$/.test(text)) return text
  throw new Error(`${name} has to be a host name in lower case, not "${text}".`)
}

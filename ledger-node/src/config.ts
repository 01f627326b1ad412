import { hostname } from 'node:os'
import { resolve } from 'node:path'

/** Who may read logs and copies of logs over the network. `box`: whoever holds the node's token. */
export type Readers = 'public' | 'peers' | 'box'

/** Settings of the ledger node. This file alone reads the environment. */
export interface Config {
  /** Folder of the log. */
  readonly data: string
  /** Folder of what no backup may hold: cosigner's key, what was cosigned, marker of the last checkpoint. */
  readonly local: string
  /** File with the bearer token, 0600. */
  readonly tokenFile: string
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** First part of the origin of a log that begins here. */
  readonly originHost: string
  /** What people call this box; on its card. */
  readonly name: string
  /** Addresses at which peers reach this box; on its card. Empty: it only dials out. */
  readonly advertise: readonly string[]
  readonly readers: Readers
  /** Milliseconds between two checkpoints at least. */
  readonly publishEveryMs: number
  /** Bytes on the disk for the log of one peer at most. */
  readonly quota: number
  /** File of a tlog-policy; null: the peers, by the rule of SPEC.md section 8. */
  readonly policyFile: string | null
  /** Boxes on the same network are told of this one, and found. */
  readonly discovery: boolean
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
    explained.push({ name, value: textOf(value), from: given ? 'environment' : 'default', description })
    return value
  }
  const data = read('TANBOX_LEDGER_DATA', 'data/ledger', path, 'Folder of the log')
  return Object.freeze({
    data,
    local: read('TANBOX_LEDGER_LOCAL', `${data}.local`, path, 'Folder that must not be in any backup'),
    tokenFile: read('TANBOX_LEDGER_TOKEN', `${data}/token`, path, 'Token file of the ledger node'),
    host: read('TANBOX_LEDGER_HOST', '127.0.0.1', text, 'Address the ledger node listens on'),
    port: read('TANBOX_LEDGER_PORT', '8472', port, 'Port of the ledger node; 0 takes a free one'),
    originHost: read(
      'TANBOX_LEDGER_ORIGIN',
      'tanbox.local',
      originHost,
      'First part of the name of a log that begins here',
    ),
    name: read('TANBOX_LEDGER_NAME', defaultName(), boxName, 'What peers call this box'),
    advertise: read('TANBOX_LEDGER_ADVERTISE', '', urls, 'Addresses at which peers reach the ledger node'),
    readers: read('TANBOX_LEDGER_READERS', 'public', readers, 'Who may read the logs: public, peers or box'),
    publishEveryMs: read(
      'TANBOX_LEDGER_PUBLISH_MS',
      '250',
      within(10, 3_600_000),
      'Milliseconds between two checkpoints at least',
    ),
    quota: read(
      'TANBOX_LEDGER_QUOTA',
      String(2 * 1024 ** 3),
      within(1024 ** 2, Number.MAX_SAFE_INTEGER),
      'Bytes on the disk for the log of one peer at most',
    ),
    policyFile: read('TANBOX_LEDGER_POLICY', '', optionalPath, 'Policy file: whose cosignatures make final'),
    discovery: read('TANBOX_LEDGER_DISCOVERY', 'off', onOrOff, 'Boxes on the same network find each other'),
    explained: Object.freeze(explained),
  })
}

const path = (value: string) => resolve(value)
const text = (value: string) => value
const optionalPath = (value: string) => (value === '' ? null : resolve(value))

function textOf(value: unknown): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return String(value)
}

function port(value: string, name: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new Error(`${name} has to be a port number, not "${value}".`)
  return Number(value)
}

function within(least: number, most: number): (value: string, name: string) => number {
  return (value, name) => {
    if (/^\d{1,16}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value)
    throw new Error(`${name} has to be a number from ${least} to ${most}, not "${value}".`)
  }
}

function originHost(value: string, name: string): string {
  if (/^[a-z0-9][a-z0-9.-]{0,200}$/.test(value)) return value
  throw new Error(`${name} has to be a host name in lower case, not "${value}".`)
}

function boxName(value: string, name: string): string {
  if (/^[^\p{Cc}\p{Cf}\u2028\u2029]{1,64}$/u.test(value)) return value
  throw new Error(`${name} has to be a name of 1 to 64 printable characters.`)
}

const defaultName = () => hostname().slice(0, 64) || 'tanbox'

function readers(value: string, name: string): Readers {
  if (value === 'public' || value === 'peers' || value === 'box') return value
  throw new Error(`${name} has to be public, peers or box, not "${value}".`)
}

function onOrOff(value: string, name: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on'
  throw new Error(`${name} has to be on or off, not "${value}".`)
}

const mostUrls = 8

function urls(value: string, name: string): string[] {
  const all = value.split(/[\s,]+/).filter((url) => url !== '')
  if (all.length > mostUrls) throw new Error(`${name} has at most ${mostUrls} addresses.`)
  for (const each of all) {
    const url = URL.parse(each)
    const fits = url && /^(https?|wss?):$/.test(url.protocol) && !url.username && !url.search && !url.hash
    if (!fits) throw new Error(`${name} has to be addresses such as http://box.example:8472, not "${each}".`)
  }
  return all
}

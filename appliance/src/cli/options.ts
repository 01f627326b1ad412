import { parseArgs } from 'node:util'
import type { FileType, Filters } from '../model.ts'
import type { Language } from './language.ts'

/** The command line was not understood; `zh` and `message` say what about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly zh: string
  constructor(zh: string, en: string) {
    super(en)
    this.zh = zh
  }
}

export type Command =
  | { name: 'help' | 'version' | 'status' | 'verify' | 'config' }
  | {
      name: 'ask'
      question: string
      continued: boolean
      conversation: string | undefined
      filters: Filters
    }
  | { name: 'search'; query: string; limit: number; filters: Filters }
  | { name: 'ingest'; paths: string[]; wait: boolean }
  | { name: 'gateway'; action: 'show' | 'rotate' }
  | { name: 'gateway'; action: 'enrol'; url: string; gateway: string; code: string }

export interface CommandLine {
  command: Command
  json: boolean
  data: string | undefined
  language: Language | undefined
}

const options = {
  json: { type: 'boolean' },
  data: { type: 'string' },
  lang: { type: 'string' },
  continue: { type: 'boolean', short: 'c' },
  conversation: { type: 'string' },
  type: { type: 'string', multiple: true },
  folder: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  limit: { type: 'string' },
  'no-wait': { type: 'boolean' },
  name: { type: 'string' },
  code: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

type OptionName = keyof typeof options
type Values = {
  [K in OptionName]?: (typeof options)[K] extends { multiple: true }
    ? string[]
    : (typeof options)[K]['type'] extends 'boolean'
      ? boolean
      : string
}

const filterOptions: OptionName[] = ['type', 'folder', 'from', 'to']
/** Options that a command understands beside --json, --data and --lang. */
const own = new Map<string, OptionName[]>([
  ['ask', ['continue', 'conversation', ...filterOptions]],
  ['search', ['limit', ...filterOptions]],
  ['ingest', ['no-wait']],
  ['status', []],
  ['verify', []],
  ['config', []],
  ['gateway', ['name', 'code']],
])
const general: OptionName[] = ['json', 'data', 'lang', 'help', 'version']

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args)
  const [name, ...rest] = positionals
  return {
    command: values.help
      ? { name: 'help' }
      : values.version
        ? { name: 'version' }
        : commandOf(name, rest, values),
    json: values.json ?? false,
    data: values.data,
    language: languageOf(values.lang),
  }
}

/** Node's parser cuts the line up; what is wrong with it is said in our words. */
function parse(args: readonly string[]): { values: Values; positionals: string[] } {
  const settings = { options, allowPositionals: true, strict: false, tokens: true } as const
  const { tokens, values, positionals } = parseArgs({ args: [...args], ...settings })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    if (!isOption(name)) throw new UsageError(`没有选项 ${rawName}`, `there is no option ${rawName}`)
    const takesValue = options[name].type === 'string'
    // The next option is no value.
    const isNext = !inlineValue && value !== undefined && /^-\D/.test(value)
    if (takesValue && (value === undefined || isNext))
      throw new UsageError(`--${name} 之后需要一个值`, `--${name} needs a value`)
    if (!takesValue && value !== undefined)
      throw new UsageError(`--${name} 不带值`, `--${name} takes no value`)
  }
  return { values: values as Values, positionals }
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name)
}

function commandOf(name: string | undefined, rest: string[], values: Values): Command {
  if (name === undefined) throw new UsageError('需要一个命令', 'a command is needed')
  const understood = own.get(name)
  if (!understood) throw new UsageError(`没有命令“${name}”`, `there is no command "${name}"`)
  for (const option of Object.keys(values) as OptionName[]) {
    if (![...understood, ...general].includes(option))
      throw new UsageError(`${name} 不接受 --${option}`, `${name} does not take --${option}`)
  }
  switch (name) {
    case 'ask':
      return {
        name,
        question: oneText(name, rest),
        continued: values.continue ?? false,
        conversation: values.conversation,
        filters: filtersOf(values),
      }
    case 'search':
      return { name, query: oneText(name, rest), limit: limitOf(values.limit), filters: filtersOf(values) }
    case 'ingest':
      if (rest.length === 0) throw new UsageError('ingest 需要路径', 'ingest needs a path')
      return { name, paths: rest, wait: !values['no-wait'] }
    case 'gateway':
      return gatewayCommand(rest, values)
    default:
      if (rest.length > 0) throw new UsageError(`${name} 不带参数`, `${name} takes no arguments`)
      return { name: name as 'status' | 'verify' | 'config' }
  }
}

function gatewayCommand([action = 'show', ...rest]: string[], { name, code }: Values): Command {
  if (action === 'enrol') {
    const [address, ...more] = rest
    if (address === undefined || more.length > 0)
      throw new UsageError('gateway enrol 需要一个网址', 'gateway enrol needs one address')
    if (!code?.trim()) throw new UsageError('gateway enrol 需要 --code 登记码', 'gateway enrol needs --code')
    const url = webSocketAddress(address)
    return { name: 'gateway', action, url: String(url), gateway: name ?? url.hostname, code: code.trim() }
  }
  if (action !== 'show' && action !== 'rotate')
    throw new UsageError(`gateway 没有“${action}”`, `gateway has no "${action}"`)
  if (rest.length > 0 || name !== undefined || code !== undefined)
    throw new UsageError(`gateway ${action} 不带参数`, `gateway ${action} takes no arguments`)
  return { name: 'gateway', action }
}

function webSocketAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^(ws|http)s?:$/.test(url.protocol))
    throw new UsageError(
      `网址以 wss:// 开头（或 https://；没有 TLS 时 ws:// 或 http://），不是“${text}”`,
      `an address begins with wss:// (or https://; ws:// or http:// where there is no TLS), not "${text}"`,
    )
  url.protocol = url.protocol.replace(/^http/, 'ws')
  return url
}

/** Words that were not quoted are taken as one text. */
function oneText(name: string, words: string[]): string {
  const text = words.join(' ').trim()
  if (text === '') throw new UsageError(`${name} 需要文字`, `${name} needs a text`)
  return text
}

const fileTypes: readonly FileType[] = ['pdf', 'docx', 'pptx', 'xlsx', 'csv', 'md', 'txt', 'html']
const mostHits = 50

function filtersOf({ type, folder, from, to }: Values): Filters {
  const types = type?.flatMap((list) => list.split(',')).filter((each) => each !== '')
  return {
    ...(types && { types: types.map(fileTypeOf) }),
    ...(folder && { folder }),
    ...(from && { from: dateOf('--from', from) }),
    ...(to && { to: dateOf('--to', to) }),
  }
}

function fileTypeOf(text: string): FileType {
  const known = fileTypes.find((type) => type === text)
  if (known === undefined)
    throw new UsageError(
      `--type 是 ${fileTypes.join('、')} 之一，不是“${text}”`,
      `--type is one of ${fileTypes.join(', ')}, not "${text}"`,
    )
  return known
}

/** A day, or a time of RFC 3339. */
function dateOf(option: string, text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  if (!isDate || Number.isNaN(Date.parse(text)))
    throw new UsageError(
      `${option} 是日期，如 2025-06-30，不是“${text}”`,
      `${option} is a date such as 2025-06-30, not "${text}"`,
    )
  return text
}

function limitOf(text = '10'): number {
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit < 1 || limit > mostHits)
    throw new UsageError(`--limit 是 1 到 ${mostHits} 的数`, `--limit is a number from 1 to ${mostHits}`)
  return limit
}

function languageOf(text: string | undefined): Language | undefined {
  if (text === undefined || text === 'zh' || text === 'en') return text
  throw new UsageError('--lang 是 zh 或 en', '--lang is zh or en')
}

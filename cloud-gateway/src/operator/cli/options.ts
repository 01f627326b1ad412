import { parseArgs } from 'node:util'
import type { Language, TextName } from './language.ts'

/** The command line was not understood; `text` says what about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** A text and what it takes; or, of the parser, as it is. */
  readonly text: readonly [TextName, ...(string | number)[]] | string
  constructor(text: UsageError['text']) {
    super(typeof text === 'string' ? text : text.join(' '))
    this.text = text
  }
}

const options = {
  json: { type: 'boolean' },
  data: { type: 'string' },
  lang: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  label: { type: 'string' },
  expires: { type: 'string' },
  url: { type: 'string' },
  'tokens-per-minute': { type: 'string' },
  'tokens-per-day': { type: 'string' },
  streams: { type: 'string' },
  box: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  by: { type: 'string' },
  csv: { type: 'boolean' },
} as const

type OptionName = keyof typeof options
export type Values = ReturnType<typeof parse>['values']

const general: OptionName[] = ['json', 'data', 'lang', 'help', 'version']
const quota: OptionName[] = ['tokens-per-minute', 'tokens-per-day', 'streams']

/** Commands, whether a box follows, and the options that each understands beside the general ones. */
const commands = {
  help: { box: false, own: [] },
  version: { box: false, own: [] },
  enrol: { box: false, own: ['label', 'expires', 'url', ...quota] },
  boxes: { box: false, own: [] },
  revoke: { box: true, own: ['yes'] },
  quota: { box: true, own: quota },
  usage: { box: false, own: ['box', 'from', 'to', 'by', 'csv'] },
  models: { box: false, own: [] },
  status: { box: false, own: [] },
  drain: { box: false, own: [] },
  config: { box: false, own: [] },
} satisfies Record<string, { box: boolean; own: OptionName[] }>

export type CommandName = keyof typeof commands

export interface CommandLine {
  name: CommandName
  /** Of commands that are about one box. */
  box: string
  values: Values
  language: Language | undefined
}

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args)
  const [first, ...words] = positionals
  const name = values.help ? 'help' : values.version ? 'version' : first
  const language = languageOf(values.lang)
  if (name === undefined) throw new UsageError(['needCommand'])
  if (!isCommand(name)) throw new UsageError(['noCommand', name])
  if (name === 'help' || name === 'version') return { name, box: '', values, language }
  const { box, own } = commands[name]
  for (const option of Object.keys(values) as OptionName[])
    if (![...general, ...own].includes(option)) throw new UsageError(['noOption', name, option])
  if (box && words.length === 0) throw new UsageError(['needBox', name])
  const extra = words[box ? 1 : 0]
  if (extra !== undefined) throw new UsageError(['manyWords', name, extra])
  return { name, box: words[0] ?? '', values, language }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}

function languageOf(text: string | undefined): Language | undefined {
  if (text === undefined || text === 'zh' || text === 'en') return text
  throw new UsageError(['langIs'])
}

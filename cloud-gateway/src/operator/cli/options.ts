import { parseArgs } from 'node:util'
import type { Language, TextName } from './language.ts'

/** The command line was not understood; `text` says what about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** A text and what it takes. */
  readonly text: readonly [TextName, ...(string | number)[]]
  constructor(text: UsageError['text']) {
    super(text.join(' '))
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
export type Values = {
  [K in OptionName]?: (typeof options)[K]['type'] extends 'boolean' ? boolean : string
}

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

/** Node's parser cuts the line up; what is wrong with it is said in our words. */
function parse(args: readonly string[]): { values: Values; positionals: string[] } {
  const settings = { options, allowPositionals: true, strict: false, tokens: true } as const
  const { tokens, positionals } = parseArgs({ args: [...args], ...settings })
  const values: Record<string, string | boolean> = {}
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    if (!isOption(name)) throw new UsageError(['unknownOption', rawName])
    if (options[name].type === 'boolean') {
      if (value !== undefined) throw new UsageError(['noValue', name])
      values[name] = true
    } else {
      // The next option is no value; a negative number is, a wrong one.
      const isNext = !inlineValue && value !== undefined && /^-\D/.test(value)
      if (value === undefined || value === '' || isNext) throw new UsageError(['needValue', name])
      values[name] = value
    }
  }
  return { values, positionals }
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name)
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}

function languageOf(text: string | undefined): Language | undefined {
  if (text === undefined || text === 'zh' || text === 'en') return text
  throw new UsageError(['langIs'])
}

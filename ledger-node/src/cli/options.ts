import { parseArgs } from 'node:util'
import { type Language, say, type TextName } from './language.ts'

/** The command line was not understood; `text` says what about it, `message` the same in English. */
export class UsageError extends Error {
  readonly text: [TextName, ...(string | number)[]]

  constructor(text: [TextName, ...(string | number)[]], options?: ErrorOptions) {
    super(say('en', ...text), options)
    this.name = 'UsageError'
    this.text = text
  }
}

const options = {
  json: { type: 'boolean' },
  data: { type: 'string' },
  url: { type: 'string' },
  lang: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  commitment: { type: 'string' },
  content: { type: 'string' },
  salt: { type: 'string' },
  out: { type: 'string' },
  state: { type: 'boolean' },
  bundle: { type: 'boolean' },
  key: { type: 'string' },
  policy: { type: 'string' },
  any: { type: 'boolean' },
  page: { type: 'string' },
  found: { type: 'string' },
  fingerprint: { type: 'string' },
  'from-folder': { type: 'string' },
  with: { type: 'string' },
  reason: { type: 'string' },
  statement: { type: 'string' },
  generation: { type: 'string' },
} as const

export type OptionName = keyof typeof options
export type Values = ReturnType<typeof parse>['values']

const general: OptionName[] = ['json', 'data', 'url', 'lang', 'help', 'version']

/** Commands, how many words may follow, and the options that each understands beside the general ones. */
const commands = {
  help: { words: [0, 0], own: [] },
  version: { words: [0, 0], own: [] },
  init: { words: [0, 0], own: [] },
  status: { words: [0, 0], own: [] },
  append: { words: [1, 1], own: ['commitment', 'content'] },
  prove: { words: [1, 1], own: ['out', 'state', 'bundle', 'salt', 'content'] },
  verify: { words: [0, 1], own: ['key', 'policy', 'any', 'page'] },
  sync: { words: [0, 0], own: [] },
  peers: { words: [0, 2], own: ['yes', 'found', 'fingerprint'] },
  witness: { words: [0, 2], own: [] },
  export: { words: [1, 1], own: ['from-folder', 'key', 'any'] },
  'fork-check': { words: [0, 1], own: ['key'] },
  policy: { words: [0, 0], own: [] },
  'admin-key': { words: [2, 2], own: ['with'] },
  successor: { words: [0, 0], own: ['yes', 'reason', 'statement', 'generation'] },
} satisfies Record<string, { words: [number, number]; own: OptionName[] }>

export type CommandName = keyof typeof commands

/** What a command without its words lacks, as `--help` writes it. */
const needed: Partial<Record<CommandName, string>> = {
  append: 'TYPE',
  prove: 'SEQ|COMMITMENT',
  export: 'FOLDER',
  'admin-key': 'make FILE|set VKEY|sign STATEMENT',
}

export interface CommandLine {
  name: CommandName
  words: string[]
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
  if (name === 'help' || name === 'version') return { name, words: [], values, language }
  const { words: range, own } = commands[name]
  for (const option of Object.keys(values) as OptionName[])
    if (![...general, ...own].includes(option)) throw new UsageError(['noOption', name, option])
  if (words.length < range[0]!) throw new UsageError(['fewWords', name, needed[name] ?? ''])
  if (words.length > range[1]!) throw new UsageError(['manyWords', name, words[range[1]!]!])
  return { name, words, values, language }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(['asSaid', error instanceof Error ? error.message : String(error)])
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}

function languageOf(text: string | undefined): Language | undefined {
  if (text === undefined || text === 'zh' || text === 'en') return text
  throw new UsageError(['langIs'])
}

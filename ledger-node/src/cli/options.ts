import { parseArgs } from 'node:util'
import type { Language } from './language.ts'

/** The command line was not understood; `message` says what about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
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
  if (name === undefined) throw new UsageError('a command is needed')
  if (!isCommand(name)) throw new UsageError(`there is no command "${name}"`)
  if (name === 'help' || name === 'version') return { name, words: [], values, language }
  const { words: range, own } = commands[name]
  for (const option of Object.keys(values) as OptionName[])
    if (![...general, ...own].includes(option)) throw new UsageError(`${name} does not take --${option}`)
  if (words.length < range[0]!) throw new UsageError(`${name} needs more words`)
  if (words.length > range[1]!) throw new UsageError(`${name} takes no "${words[range[1]!]}"`)
  return { name, words, values, language }
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
  throw new UsageError('--lang is zh or en')
}

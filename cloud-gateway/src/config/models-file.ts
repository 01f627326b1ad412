/** Reads `models.json`: which engines there are and which names boxes may ask for. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Compile } from 'typebox/compile'
import { extraMembers } from '../providers/openai/completion-request.ts'
import { type Dialect, dialects } from '../providers/openai/dialects.ts'
import { isSignableKey } from '../providers/openai/signed-key.ts'
import { extractiveName, type ModelsConfig, resolveTarget, type TargetConfig } from './models.ts'
import {
  FileShape,
  isName,
  type ProviderName,
  providerNames,
  type TargetEntry,
  targetSchemas,
} from './models-schema.ts'
import { address } from './parse.ts'
import { mistakesIn } from './schema-mistakes.ts'

type Environment = Record<string, string | undefined>

/** What is wrong with the file, one sentence each, every one with the place. Values and keys are not repeated. */
export class ModelsFileError extends Error {
  override name = 'ModelsFileError'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

const fileCheck = Compile(FileShape)
const targetChecks = new Map(providerNames.map((name) => [name, Compile(targetSchemas[name])]))

/** Null: there is no such file. Throws ModelsFileError. Key files are looked for beside it. */
export function readModelsFile(path: string, environment: Environment): ModelsConfig | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new ModelsFileError([`${path} cannot be read as JSON`])
  }
  if (!fileCheck.Check(parsed)) throw new ModelsFileError(mistakesIn(fileCheck.Errors(parsed), ''))
  const mistakes: string[] = []
  const entries = Object.entries(parsed.targets)
  const targets = entries
    .map(([name, entry]) => readTarget(name, entry, { path, environment, mistakes }))
    .filter((target) => target !== null)
  const names = entries.map(([name]) => name)
  const aliases = parsed.aliases ?? { default: names.length > 0 ? names : [extractiveName] }
  if (!names.includes(extractiveName) && Object.values(aliases).flat().includes(extractiveName)) {
    targets.push(resolveTarget(extractiveName, { provider: 'extractive' }, ''))
    names.push(extractiveName)
  }
  mistakes.push(...aliasMistakes(aliases, names))
  if (mistakes.length > 0) throw new ModelsFileError(mistakes)
  return { targets, aliases }
}

interface Reading {
  path: string
  environment: Environment
  mistakes: string[]
}

function readTarget(name: string, entry: object, reading: Reading): TargetConfig | null {
  const where = `targets.${name}`
  const wrong = (...mistakes: string[]) => {
    reading.mistakes.push(...mistakes)
    return null
  }
  if (!isName(name))
    return wrong(`${where}: expected a name of letters, digits, dots, hyphens and underscores`)
  const provider = 'provider' in entry ? entry.provider : undefined
  const check = targetChecks.get(provider as ProviderName)
  if (!check) return wrong(`${where}.provider: expected ${providerNames.join(', ')}`)
  if (!check.Check(entry)) return wrong(...mistakesIn(check.Errors(entry), where))
  const target = entry as TargetEntry
  const before = reading.mistakes.length
  reading.mistakes.push(...contradictions(target).map((mistake) => `${where}.${mistake}`))
  const key = target.provider === 'extractive' ? '' : readKey(target, where, reading)
  if (target.provider === 'openai' && target.signKey && key !== null && !isSignableKey(key)) {
    wrong(`${where}.signKey: expected a key of two parts with a dot between`)
  }
  return reading.mistakes.length > before || key === null ? null : resolveTarget(name, target, key)
}

/** What the schema cannot say, each beginning with the member it is about. */
export function contradictions(target: TargetEntry): string[] {
  if (target.provider === 'extractive') return []
  const mistakes: string[] = []
  try {
    address(target.url)
  } catch (error) {
    mistakes.push(`url: ${(error as Error).message}`)
  }
  if (target.provider === 'openai') {
    const dialect: Dialect = dialects[target.dialect ?? 'openai']
    if (/\/chat\/completions\/*$/.test(target.url)) mistakes.push('url: leave out /chat/completions')
    if (target.tokenize && !dialect.tokenize) mistakes.push('tokenize: this dialect has no way to count')
    if (target.continuousUsage && !dialect.usageOption) {
      mistakes.push('continuousUsage: this dialect does not know it')
    }
    if (target.signKey && !dialect.signedKeys) mistakes.push('signKey: only zhipu knows signed keys')
    for (const name of Object.keys(target.extra ?? {})) {
      if (!extraMembers.has(name)) mistakes.push(`extra.${name}: requests may not have it`)
    }
  }
  if (target.provider === 'ollama') {
    if (/\/(?:v1|api)\/*$/.test(target.url)) mistakes.push('url: leave out /v1 and /api')
    for (const name of ['num_ctx', 'num_predict']) {
      if (name in (target.options ?? {}))
        mistakes.push(`options.${name}: contextTokens and the question say that`)
    }
  }
  return mistakes
}

/** The key itself; null where a mistake was noted. */
function readKey(
  { key, keyFile, keyEnv }: { key?: string; keyFile?: string; keyEnv?: string },
  where: string,
  { path, environment, mistakes }: Reading,
): string | null {
  const note = (mistake: string) => {
    mistakes.push(mistake)
    return null
  }
  if ([key, keyFile, keyEnv].filter((way) => way !== undefined).length > 1) {
    return note(`${where}: expected one of key, keyFile and keyEnv`)
  }
  if (key !== undefined) {
    return isOpen(path) ? note(`${where}.key: others can read ${path}; chmod 600 it, or use keyFile`) : key
  }
  if (keyEnv !== undefined) {
    return environment[keyEnv]?.trim() || note(`${where}.keyEnv: ${keyEnv} is not set`)
  }
  if (keyFile === undefined) return ''
  const file = resolve(dirname(path), keyFile)
  try {
    const content = readFileSync(file, 'utf8').trim()
    if (content === '' || /[\s\p{Cc}]/u.test(content)) return note(`${where}.keyFile: ${file} holds no key`)
    return isOpen(file) ? note(`${where}.keyFile: others can read ${file}; chmod 600 it`) : content
  } catch {
    return note(`${where}.keyFile: ${file} cannot be read`)
  }
}

/** Secrets that a container is given are open to everybody in it, and nobody else is there. */
function isOpen(file: string): boolean {
  if (process.platform === 'win32' || file.startsWith(join('/run', 'secrets', '/'))) return false
  return (statSync(file).mode & 0o007) !== 0
}

function aliasMistakes(aliases: Record<string, string[]>, names: readonly string[]): string[] {
  const mistakes: string[] = []
  if (!aliases.default) mistakes.push('aliases.default: boxes ask for it unless they are told otherwise')
  for (const [alias, list] of Object.entries(aliases)) {
    if (!isName(alias))
      mistakes.push(`aliases.${alias}: expected a name of letters, digits, dots and hyphens`)
    for (const [at, name] of list.entries()) {
      if (!names.includes(name)) mistakes.push(`aliases.${alias}[${at}]: there is no target ${name}`)
      else if (list.indexOf(name) !== at) mistakes.push(`aliases.${alias}[${at}]: ${name} stands there twice`)
    }
  }
  return mistakes
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import about from '../../../package.json' with { type: 'json' }
import { type Accounts, AccountsAway, EnrolmentError } from '../../accounts/accounts.ts'
import { openAccounts } from '../../accounts/open-accounts.ts'
import { becomeOwner } from '../../become-owner.ts'
import { type Config, ConfigError } from '../../config.ts'
import { createAdminApi, GatewayAway, GatewayRefused } from './admin-api.ts'
import { boxes, quota, revoke } from './boxes.ts'
import { type Command, NoSuchBox, type Surround } from './command.ts'
import { enrol } from './enrol.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { help } from './help.ts'
import { type Language, say, type TextName } from './language.ts'
import { type CommandLine, type CommandName, parseCommandLine, UsageError } from './options.ts'
import { createOutput, type Output } from './output.ts'
import { drain, models, status } from './running.ts'
import { readSurroundings } from './settings.ts'
import { showConfig } from './show-config.ts'
import { usage } from './usage.ts'

const commands: Record<Exclude<CommandName, 'help' | 'version'>, Command> = {
  ...{ enrol, boxes, revoke, quota, usage, models, status, drain },
  config: showConfig,
}

/** `tanbox-gateway`: understands the command line and turns what happens into an exit status. */
async function main(args: readonly string[]): Promise<ExitCode> {
  // What the command writes is the owner's alone, as with the gateway.
  process.umask(0o077)
  const surroundings = readSurroundings()
  const streams = { out: process.stdout, err: process.stderr }
  let line: CommandLine
  try {
    line = parseCommandLine(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const plain = createOutput(streams, false)
    plain.remark(`tanbox-gateway: ${sentence(error.text, surroundings.language)}`)
    plain.remark(say(surroundings.language, 'seeHelp'))
    return exitCodes.usage
  }
  const language = line.language ?? surroundings.language
  const output = createOutput(streams, line.values.json ?? false)
  if (line.name === 'help' || line.name === 'version') {
    output.write(line.name === 'help' ? help[language] : `${about.version}\n`)
    return exitCodes.ok
  }
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const { box, values } = line
  let config: Config | undefined
  const settings = () => {
    config ??= surroundings.config(values.data)
    becomeOwner(config.data)
    return config
  }
  let opened: Accounts | undefined
  const surround: Surround = {
    ...{ box, values, output, language, config: settings },
    gateway: () => createAdminApi(join(settings().data, 'admin.sock'), interrupted.signal),
    confirm: (question) => confirm(question, interrupted.signal),
    async accounts() {
      const { data, database } = settings()
      const fresh = database === '' && !existsSync(join(data, 'gateway.db'))
      const { accounts, takenOver } = await openAccounts({ data, database }, 'beside')
      opened = accounts
      // Perhaps another folder, or another database, was meant.
      if (fresh) output.remark(say(language, 'newAccounts', data))
      if (takenOver) output.remark(say(language, 'takenOver', takenOver.boxes))
      return accounts
    },
  }
  try {
    return await commands[line.name](surround)
  } catch (error) {
    return explain(error, output, language)
  } finally {
    await opened?.close()
  }
}

/** One sentence for a person; with --json the same as the one document. */
function explain(error: unknown, output: Output, language: Language): ExitCode {
  const { code, text, exit } = reasonOf(error)
  const message = sentence(text, language)
  if (output.json) output.document({ error: { code, message } })
  output.remark(message)
  return exit
}

/** What comes from elsewhere (settings, the database) stands as it is. */
type Text = readonly [TextName, ...(string | number)[]] | string

function sentence(text: Text, language: Language): string {
  return typeof text === 'string' ? text : say(language, ...text)
}

function reasonOf(error: unknown): { code: string; text: Text; exit: ExitCode } {
  const { failed, unreachable } = exitCodes
  if (error instanceof UsageError) return { code: 'usage', text: error.text, exit: exitCodes.usage }
  if (error instanceof ConfigError) return { code: 'settings', text: error.message, exit: exitCodes.usage }
  if (error instanceof NoSuchBox)
    return { code: 'no-such-box', text: ['noBox', error.message], exit: exitCodes.notFound }
  if (error instanceof GatewayAway)
    return { code: 'unreachable', text: ['notRunning', error.socket, error.reason], exit: unreachable }
  if (error instanceof GatewayRefused)
    return { code: 'refused', text: ['refused', error.message], exit: failed }
  if (error instanceof AccountsAway)
    return { code: 'unavailable', text: ['away', error.message], exit: unreachable }
  if (error instanceof EnrolmentError) return { code: error.code, text: error.message, exit: failed }
  if (error instanceof Error && error.name === 'AbortError')
    return { code: 'interrupted', text: ['interrupted'], exit: exitCodes.interrupted }
  return { code: 'failed', text: error instanceof Error ? error.message : String(error), exit: failed }
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(['sayYes'])
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(question, { signal })).trim())
  } finally {
    terminal.close()
  }
}

// A reader that has seen enough (`tanbox-gateway … | head`) ends the command, without a word and without a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

// The exit status is set rather than exited with, so that what was written reaches a pipe in full.
process.exitCode = await main(process.argv.slice(2))

import about from '../../package.json' with { type: 'json' }
import type { Command, Surround } from './command.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { failureOf } from './failure.ts'
import { help } from './help.ts'
import { type Language, say } from './language.ts'
import { createNodeApi } from './node-api.ts'
import { type CommandLine, type CommandName, parseCommandLine, UsageError } from './options.ts'
import { createOutput, type Output } from './output.ts'
import { addressOf, readSurroundings, tokenOf } from './settings.ts'

/** Each is loaded when it is asked for: a command does not wait for what others need. */
const commands: Record<Exclude<CommandName, 'help' | 'version'>, () => Promise<Command>> = {
  init: async () => (await import('./init.ts')).init,
  status: async () => (await import('./status.ts')).status,
  append: async () => (await import('./append.ts')).append,
  prove: async () => (await import('./prove.ts')).prove,
  verify: async () => (await import('./verify.ts')).verify,
  sync: async () => (await import('./status.ts')).sync,
  peers: async () => (await import('./peers.ts')).peers,
  witness: async () => (await import('./witness.ts')).witness,
  export: async () => (await import('./export.ts')).exportLog,
  'fork-check': async () => (await import('./forks.ts')).forkCheck,
  policy: async () => (await import('./status.ts')).policy,
  'admin-key': async () => (await import('./successor.ts')).adminKey,
  successor: async () => (await import('./successor.ts')).successor,
}

/** `tanbox-ledger`: understands the command line and turns what happens into an exit status. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const { language: preferred, columns, config } = readSurroundings()
  const streams = { out: process.stdout, err: process.stderr }
  let line: CommandLine
  try {
    line = parseCommandLine(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const output = createOutput(streams, { language: preferred, json: args.includes('--json') })
    return explain(error, output, preferred)
  }
  const language = line.language ?? preferred
  const width = process.stdout.columns ?? columns
  const output = createOutput(streams, { language, json: line.values.json ?? false, columns: width })
  if (line.name === 'help' || line.name === 'version') {
    output.write(line.name === 'help' ? help[language] : `${about.version}\n`)
    return exitCodes.ok
  }
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const { signal } = interrupted
  const { words, values } = line
  const settings = () => config(values.data)
  const surround: Surround = {
    ...{ words, values, output, language, signal },
    config: settings,
    node: () => {
      const url = values.url ?? addressOf(settings())
      const { tokenFile } = settings()
      return createNodeApi({ url, token: tokenOf(settings()), tokenFile }, signal)
    },
  }
  try {
    const command = await commands[line.name]()
    return await command(surround)
  } catch (error) {
    return explain(error, output, language)
  }
}

/** One sentence for a person; with --json the same as the one document. */
function explain(error: unknown, output: Output, language: Language): ExitCode {
  const { code, sentence, exit } = failureOf(error, language)
  if (output.json) output.document({ error: { code, message: sentence } })
  if (code === 'usage') output.remark(`tanbox-ledger: ${sentence}\n${say(language, 'seeHelp')}`)
  else output.remark(sentence)
  return exit
}

// A reader that has seen enough (`tanbox-ledger … | head`) ends the command, without a word and without a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

// The exit status is set rather than exited with, so that what was written reaches a pipe in full.
process.exitCode = await main(process.argv.slice(2))

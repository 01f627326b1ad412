import about from '../../package.json' with { type: 'json' }
import { StatementError } from '../forks/statement.ts'
import { KeyError } from '../note/key.ts'
import { NoteError } from '../note/note.ts'
import type { Command, Surround } from './command.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { help } from './help.ts'
import { type Language, say, type TextName, term } from './language.ts'
import { createNodeApi, NodeAway, NodeRefused, TokenMissing } from './node-api.ts'
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
  const { code, text, exit } = reasonOf(error, language)
  const sentence = typeof text === 'string' ? text : say(language, ...text)
  if (output.json) output.document({ error: { code, message: sentence } })
  if (code === 'usage') output.remark(`tanbox-ledger: ${sentence}\n${say(language, 'seeHelp')}`)
  else output.remark(sentence)
  return exit
}

interface Reason {
  code: string
  text: string | [TextName, ...(string | number)[]]
  exit: ExitCode
}

function reasonOf(error: unknown, language: Language): Reason {
  if (error instanceof UsageError) return { code: 'usage', text: error.text, exit: exitCodes.usage }
  if (error instanceof TokenMissing)
    return { code: 'unauthorised', text: ['noToken', error.url, error.tokenFile], exit: exitCodes.failed }
  if (error instanceof NodeAway)
    return { code: 'unreachable', text: ['away', error.url], exit: exitCodes.unreachable }
  if (error instanceof NodeRefused) {
    const exit = error.code === 'not-found' ? exitCodes.notFound : exitCodes.failed
    // The node speaks English: in Chinese the kind of refusal stands before what it says.
    const text = language === 'zh' ? `${term('zh', error.code)}：${error.message}` : error.message
    return { code: error.code, text, exit }
  }
  if (error instanceof Error && error.name === 'AbortError')
    return { code: 'interrupted', text: ['interrupted'], exit: exitCodes.interrupted }
  const file = fileReasonOf(error)
  if (file) return file
  const isInput = error instanceof KeyError || error instanceof NoteError || error instanceof StatementError
  const message = error instanceof Error ? error.message : String(error)
  return { code: isInput ? 'malformed' : 'failed', text: message, exit: exitCodes.failed }
}

/** What the system says of a path that somebody gave. */
const fileReasons: Record<string, { code: string; text: TextName }> = {
  ENOENT: { code: 'no-such-path', text: 'noPath' },
  EACCES: { code: 'no-permission', text: 'noPermission' },
  EPERM: { code: 'no-permission', text: 'noPermission' },
  EROFS: { code: 'no-permission', text: 'noPermission' },
  ENOTDIR: { code: 'no-folder', text: 'notFolder' },
  EISDIR: { code: 'no-file', text: 'isFolder' },
}

function fileReasonOf(error: unknown): Reason | null {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return null
  const reason = fileReasons[String(error.code)]
  if (!reason) return null
  // Of a copy it is the target that somebody gave.
  const path = String('dest' in error ? error.dest : error.path)
  const exit = reason.code === 'no-permission' ? exitCodes.failed : exitCodes.usage
  return { code: reason.code, text: [reason.text, path], exit }
}

// A reader that has seen enough (`tanbox-ledger … | head`) ends the command, without a word and without a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

// The exit status is set rather than exited with, so that what was written reaches a pipe in full.
process.exitCode = await main(process.argv.slice(2))

import { resolve } from 'node:path'
import about from '../../../package.json' with { type: 'json' }
import { ask } from './ask.ts'
import { createBox, findBox, NothingRunning, Refused } from './box.ts'
import { enrol } from './enrol.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { findFiles } from './find-files.ts'
import { rotateKey, showGateway } from './gateway.ts'
import { help } from './help.ts'
import { ingest } from './ingest.ts'
import { say } from './language.ts'
import { type CommandLine, parseCommandLine, UsageError } from './options.ts'
import { createOutput, type Output, safe } from './output.ts'
import { search } from './search.ts'
import { readSurroundings, type Surroundings } from './settings.ts'
import { showConfig } from './show-config.ts'
import { status } from './status.ts'
import { verify } from './verify.ts'

/** `tanbox`: understands the command line, finds the running box, and turns what happens into an exit status. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const surroundings = readSurroundings()
  const streams = { out: process.stdout, err: process.stderr }
  let line: CommandLine
  try {
    line = parseCommandLine(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const { language } = surroundings
    const what = safe(language === 'zh' ? error.zh : error.message)
    process.stderr.write(`tanbox: ${what}\n${say(language, 'seeHelp')}\n`)
    return exitCodes.usage
  }
  const language = line.language ?? surroundings.language
  const output = createOutput(streams, { ...surroundings, language, json: line.json })
  try {
    return await run(line, surroundings, output)
  } catch (error) {
    return explain(error, output)
  }
}

async function run(line: CommandLine, surroundings: Surroundings, output: Output): Promise<ExitCode> {
  const { command } = line
  if (command.name === 'help') {
    output.write(help[output.language])
    return exitCodes.ok
  }
  if (command.name === 'version') {
    output.line(about.version)
    return exitCodes.ok
  }
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const { signal } = interrupted
  const files = command.name === 'ingest' ? await findFiles(command.paths) : []
  const data = line.data ? resolve(line.data) : surroundings.data
  if (command.name === 'gateway' && command.action === 'enrol')
    return enrol(
      command,
      { ...surroundings, data, service: surroundings.service && !line.data },
      output,
      signal,
    )
  const box = createBox(await findBox(data))
  switch (command.name) {
    case 'ask':
      return ask(box, command, output, signal)
    case 'search':
      return search(box, command, output, signal)
    case 'ingest':
      return ingest(box, { files, wait: command.wait }, output, signal)
    case 'status':
      return status(box, output, signal)
    case 'verify':
      return verify(box, output, signal)
    case 'config':
      return showConfig(box, output, signal)
    case 'gateway':
      return (command.action === 'rotate' ? rotateKey : showGateway)(box, output, signal)
  }
}

/** One sentence for a person; with --json the same as the one document. */
function explain(error: unknown, output: Output): ExitCode {
  const { code, zh, en, exit } = reasonOf(error)
  if (output.json) output.document({ error: { code, zh, en } })
  output.progress('')
  output.remark(output.language === 'zh' ? zh : en)
  return exit
}

function reasonOf(error: unknown): { code: string; zh: string; en: string; exit: ExitCode } {
  if (error instanceof NothingRunning) {
    const code = 'nothing-running'
    return {
      code,
      zh: say('zh', 'nothingRunning'),
      en: say('en', 'nothingRunning'),
      exit: exitCodes.nothingRunning,
    }
  }
  if (error instanceof Refused) return { ...error.reason, exit: exitCodes.failed }
  if (error instanceof Error && error.name === 'AbortError') {
    return { code: 'interrupted', zh: '已中断。', en: 'Interrupted.', exit: exitCodes.interrupted }
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error) {
    return {
      code: 'no-such-path',
      zh: `没有这个路径：${error.path}`,
      en: `No such path: ${error.path}`,
      exit: exitCodes.usage,
    }
  }
  if (error instanceof Error && 'code' in error && error.code === 'EACCES' && 'path' in error) {
    return {
      code: 'no-permission',
      zh: `没有权限读写 ${error.path}；碳盒作为服务运行时，请用 sudo 执行。`,
      en: `${error.path} may not be read or written by you; where Tanbox runs as a service, use sudo.`,
      exit: exitCodes.failed,
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'failed', zh: message, en: message, exit: exitCodes.failed }
}

// A reader that has seen enough (`tanbox search … | head`) ends the command, without a word and without a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

// The exit status is set rather than exited with, so that what was written reaches a pipe in full.
process.exitCode = await main(process.argv.slice(2))

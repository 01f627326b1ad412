import type { ExplainedSetting } from '../config.ts'
import type { Box } from './box.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { say } from './language.ts'
import { type Output, safe } from './output.ts'
import { padEnd } from './wide-text.ts'

const origins = { default: 'fromDefault', file: 'fromFile', environment: 'fromEnvironment' } as const

/** Every setting of the running box, its value, and where that came from. Secrets come masked. */
export async function showConfig(box: Box, output: Output, signal: AbortSignal): Promise<ExitCode> {
  const { settings } = await box.get<{ settings: ExplainedSetting[] }>('/api/config', signal)
  if (output.json) output.document({ settings })
  else {
    const width = Math.max(...settings.map(({ name }) => name.length)) + 2
    for (const { name, value, from, description } of settings) {
      output.line(
        `${padEnd(name, width)}${safe(value) || '""'}  ${output.dim(`(${say(output.language, origins[from])})`)}`,
      )
      output.line(`${' '.repeat(width)}${output.dim(description)}`)
    }
  }
  return exitCodes.ok
}

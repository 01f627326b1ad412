import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { say } from './language.ts'

/** Each setting with its value and where that comes from; secrets are masked. */
export const showConfig: Command = async ({ output, config, language }) => {
  const { explained, unknown } = config()
  if (output.json) output.document(explained)
  else
    for (const { name, value, from, path, description } of explained) {
      output.line(`${name}=${value}  (${path ?? from})`)
      output.line(`    ${description}`)
    }
  if (unknown.length > 0) output.remark(say(language, 'unknownSettings', unknown.join(', ')))
  return exitCodes.ok
}

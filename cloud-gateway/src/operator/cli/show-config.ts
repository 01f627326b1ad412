import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'

/** Each setting with its value and where that comes from; secrets are masked. */
export const showConfig: Command = async ({ output, config }) => {
  const { explained } = config()
  if (output.json) output.document(explained)
  else
    for (const { name, value, from, path, description } of explained) {
      output.line(`${name}=${value}  (${path ?? from})`)
      output.line(`    ${description}`)
    }
  return exitCodes.ok
}

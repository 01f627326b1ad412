import { resolve } from 'node:path'
import { fileDisk } from '../disk/file-disk.ts'
import { ExportFailed, type ExportSettings, exportLog as writeExport } from '../export.ts'
import { readOrigin } from '../log/about.ts'
import { readGenerations } from '../log/generations.ts'
import { type Command, type Surround, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { readKey } from './inputs.ts'
import { say } from './language.ts'
import { NodeRefused } from './node-api.ts'
import { reason } from './reasons.ts'

/** Writes a log as static files. Of the box itself the current log; the node may run meanwhile, or be gone. */
export const exportLog: Command = async (surround) => {
  const { words, values, output, language, signal } = surround
  const target = resolve(words[0]!)
  const { source, ...settings } = await sourceOf(surround)
  const exported = await writeExport(source, target, {
    ...settings,
    ...(values.key && { key: readKey(values.key) }),
    ...(values.any && { any: true }),
    signal,
  }).catch((error: unknown) => {
    if (error instanceof ExportFailed) throw new NodeRefused('export-failed', error.message)
    throw error
  })
  const { report, size } = exported
  if (output.json) output.document({ ...exported, target })
  else {
    tell(surround, 'exported', size, target)
    tell(surround, report.ok ? 'sound' : 'unsound')
    if (report.problem) output.line(`  ${say(language, 'problem')}: ${reason(language, report.problem.why)}`)
  }
  return report.ok ? exitCodes.ok : exitCodes.failed
}

async function sourceOf({ values, config }: Surround): Promise<{ source: string } & ExportSettings> {
  const given = values['from-folder']
  if (given !== undefined && /^https?:/i.test(given)) return { source: given }
  const data = given === undefined ? config().data : resolve(given)
  const first = await readOrigin(fileDisk, data)
  if (first === null && given === undefined) throw new NodeRefused('not-found', `there is no log in ${data}`)
  // An exported folder, or the folder of one log among several.
  if (first === null) return { source: data }
  const generations = await readGenerations(fileDisk, data, first)
  return { source: generations.at(-1)!.folder, data }
}

import { randomBytes } from 'node:crypto'
import { systemClock } from '../clock.ts'
import { fileDisk } from '../disk/file-disk.ts'
import { openBoxLogs } from '../log/open-box-logs.ts'
import { formatVerifierKey, verifierOf } from '../note/key.ts'
import { LockHeld } from '../store/lock.ts'
import { readOrMakeToken } from '../token.ts'
import { type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { say } from './language.ts'

/** Makes the log with its keys and the token, as the first start of the node would. Nothing happens when they are there. */
export const init: Command = async (surround) => {
  const { output, config: readConfig, language } = surround
  const config = readConfig()
  const disk = fileDisk
  const isNew = !(await disk.list(config.data)).includes('log.json')
  await readOrMakeToken(config.tokenFile)
  const ports = { disk, clock: systemClock, random: randomBytes, notice: output.remark }
  const { data, local, originHost: host, publishEveryMs } = config
  try {
    await using logs = await openBoxLogs(ports, { data, local, host, publishEveryMs })
    const { origin, key } = logs.current
    const keys = { log: formatVerifierKey(key), cosigner: formatVerifierKey(verifierOf(logs.cosigner)) }
    if (output.json) output.document({ made: isNew, origin, data, local, keys })
    else {
      tell(surround, isNew ? 'made' : 'there', origin, data)
      output.line(`  ${keys.log}\n  ${keys.cosigner}`)
      tell(surround, 'localFolder', local)
    }
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error
    output.remark(say(language, 'nodeRuns'))
    if (output.json) output.document({ made: false, data, local })
    return exitCodes.ok
  }
}

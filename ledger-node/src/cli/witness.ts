import type { NodeStatus } from '../node-state.ts'
import { formatVerifierKey } from '../note/key.ts'
import { type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { readKey } from './inputs.ts'
import { term } from './language.ts'
import { UsageError } from './options.ts'
import { reason } from './reasons.ts'

/** The logs that this box cosigns: those of peers, and others that are added by their key. */
export const witness: Command = async (surround) => {
  const { words, node, output, language } = surround
  const [what = 'list', word] = words
  if (what === 'list') {
    const { peers, otherLogs } = await node().get<NodeStatus>('/v1/status')
    const logs = [
      ...peers.map(({ origin, log, cosigned }) => ({ origin, state: log, cosigned })),
      ...otherLogs,
    ]
    if (output.json) output.document(logs)
    else {
      tell(surround, 'witnessed')
      for (const { origin, state, cosigned } of logs) {
        const why = state.because ? `: ${reason(language, state.because)}` : ''
        output.line(`  ${origin}: ${cosigned} (${term(language, state.state)}${why})`, 4)
      }
    }
    return exitCodes.ok
  }
  if (what !== 'add' && what !== 'remove') throw new UsageError(['noSubcommand', 'witness', what])
  if (word === undefined) throw new UsageError(['needLog', what])
  if (what === 'add') {
    const key = readKey(word, 'witness add')
    await node().post('/v1/logs', { key: formatVerifierKey(key) })
    if (output.json) output.document({ added: key.name })
    else tell(surround, 'logAdded', key.name)
  } else {
    await node().delete(`/v1/logs?origin=${encodeURIComponent(word)}`)
    if (output.json) output.document({ removed: word })
    else tell(surround, 'removed')
  }
  return exitCodes.ok
}

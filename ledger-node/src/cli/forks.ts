import { ForkProofError, maxForkProofBytes, parseForkProof, verifyForkProof } from '../forks/fork-proof.ts'
import type { NodeStatus } from '../node-state.ts'
import { type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { readFile, readKey } from './inputs.ts'
import { reason } from './reasons.ts'

/** Checks a fork proof with the log's key and nothing else; without a file it lists the forks that the node knows. */
export const forkCheck: Command = async (surround) => {
  const { words, values, output, node, language } = surround
  const [path] = words
  if (path === undefined) {
    const forks = await node().get<NodeStatus['forks']>('/v1/forks')
    if (output.json) output.document(forks)
    else if (forks.length === 0) tell(surround, 'noForks')
    else
      for (const { origin, prefix } of forks)
        tell(surround, prefix.exact ? 'fork' : 'forkAtLeast', origin, prefix.size)
    return exitCodes.ok
  }
  const key = readKey(values.key)
  try {
    const { origin, first, second } = verifyForkProof(parseForkProof(readFile(path, maxForkProofBytes)), key)
    const sizes = [String(first.size), String(second.size)] as const
    if (output.json) output.document({ forked: true, origin, sizes })
    else tell(surround, 'forkProved', origin, ...sizes)
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof ForkProofError)) throw error
    if (output.json) output.document({ forked: false, problem: error.code, because: error.message })
    else tell(surround, 'forkNotProved', reason(language, error.message))
    return exitCodes.failed
  }
}

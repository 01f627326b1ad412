import type { PeerStatus } from '../node-state.ts'
import type { NodeReport } from '../operation.ts'
import { type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { type Language, say, type TextName } from './language.ts'
import { reason } from './reasons.ts'
import { explainWitnesses } from './wording.ts'

/** How the node is. */
export const status: Command = async ({ node, output, language }) => {
  const report = await node().get<NodeReport>('/v1/status')
  if (output.json) {
    output.document(report)
    return exitCodes.ok
  }
  const { peers, connected, keys } = report
  const row = (name: TextName, value: string) => output.row(say(language, name), value)
  row('version', report.version)
  row('origin', [report.origin, ...report.earlier].join(' ← '))
  row('entries', String(report.size))
  row('published', String(report.published))
  row('final', String(report.final))
  row('standing', standingOf(report, language))
  row('witnesses', explainWitnesses(language, report.witnesses))
  for (const peer of peers) if (peer.witnessed < report.published) row('blank', waitingFor(peer, language))
  row('peers', `${peers.length} (${say(language, 'connected')} ${connected.length})`)
  row('forks', report.forks.map(({ origin }) => origin).join(', ') || say(language, 'none'))
  row('keys', keys.log)
  row('blank', keys.cosigner)
  if (report.restored !== null && report.standing.state === 'open') output.line(say(language, 'newCard'))
  return exitCodes.ok
}

function standingOf({ standing, recovery }: NodeReport, language: Language): string {
  const name = say(language, standing.state)
  if (standing.state === 'open') return name
  const why = [standing.because, recovery]
    .filter((it) => it !== null && it !== '')
    .map((it) => reason(language, it!))
  return `${name}: ${why.join(' · ')}`
}

/** Who has not cosigned all that is published, and what it says about that. */
function waitingFor({ name, witnessed, paused, because, reach }: PeerStatus, language: Language): string {
  const said = because ?? reach.because
  const why = paused ? say(language, 'paused') : said && reason(language, said)
  return say(language, 'cosignedUpTo', name, witnessed) + (why ? ` (${why})` : '')
}

/** One round with every peer. */
export const sync: Command = async (surround) => {
  await surround.node().post('/v1/sync')
  if (surround.output.json) surround.output.document({ synced: true })
  else tell(surround, 'synced')
  return exitCodes.ok
}

/** The witness policy in force. */
export const policy: Command = async ({ node, output }) => {
  const text = await node().text('/v1/policy')
  if (output.json) output.document({ policy: text })
  else output.write(text)
  return exitCodes.ok
}

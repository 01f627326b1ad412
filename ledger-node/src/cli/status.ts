import type { NodeReport } from '../operation.ts'
import { type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { say, type TextName } from './language.ts'

/** How the node is. */
export const status: Command = async ({ node, output, language }) => {
  const report = await node().get<NodeReport>('/v1/status')
  if (output.json) output.document(report)
  else {
    const { standing, witnesses } = report
    const because = standing.state === 'open' ? '' : `: ${standing.because} ${report.recovery ?? ''}`
    const rows: [TextName, string][] = [
      ['version', report.version],
      ['origin', [report.origin, ...report.earlier].join(' ← ')],
      ['entries', String(report.size)],
      ['published', String(report.published)],
      ['final', String(report.final)],
      ['standing', say(language, standing.state) + because],
      ['witnesses', witnesses.explanation],
      ['peers', `${report.peers.length} (${say(language, 'connected')} ${report.connected.length})`],
      ['forks', report.forks.map(({ origin }) => origin).join(', ') || say(language, 'none')],
      ['keys', `${report.keys.log}\n${' '.repeat(keyColumns)}${report.keys.cosigner}`],
    ]
    for (const [name, value] of rows) output.line(`${padEnd(say(language, name), keyColumns)}${value}`)
  }
  return exitCodes.ok
}

const keyColumns = 12

/** Chinese characters take two columns. */
function padEnd(text: string, width: number): string {
  const wide = [...text].filter((character) => character > '\u2e80').length
  return text + ' '.repeat(Math.max(1, width - text.length - wide))
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

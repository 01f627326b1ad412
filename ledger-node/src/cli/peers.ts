import { createInterface } from 'node:readline/promises'
import { renderUnicodeCompact } from 'uqr'
import { cardFingerprint, isFingerprint } from '../discovery/fingerprint.ts'
import type { FoundBox, PeerReport } from '../operation.ts'
import {
  type Card,
  CardError,
  type CardText,
  formatCard,
  maxCardBytes,
  parseCard,
  readCard,
} from '../peers/card.ts'
import { type Command, type Surround, tell } from './command.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { readText } from './inputs.ts'
import { say, term } from './language.ts'
import { NodeRefused } from './node-api.ts'
import { UsageError } from './options.ts'
import { reason } from './reasons.ts'

/** Other boxes: who they are, and how they become peers. */
export const peers: Command = (surround) => {
  const [what = 'list', word] = surround.words
  switch (what) {
    case 'list':
      return list(surround)
    case 'card':
      return card(surround)
    case 'add':
      return surround.values.found === undefined ? addCard(surround, word) : addFound(surround)
    case 'remove':
    case 'pause':
    case 'resume':
      return change(surround, what, word)
    case 'discover':
      return discover(surround)
    default:
      throw new UsageError(['noSubcommand', 'peers', what])
  }
}

async function list(surround: Surround): Promise<ExitCode> {
  const { node, output, language } = surround
  const all = await node().get<PeerReport[]>('/v1/peers')
  if (output.json) output.document(all)
  else if (all.length === 0) tell(surround, 'noPeers')
  else
    for (const peer of all) {
      const { reachable, because } = peer.reach
      const reach = reachable === null ? 'untried' : reachable ? 'reachable' : 'unreachable'
      const state = peer.paused ? 'paused' : peer.connected ? 'connected' : reach
      const why = state === 'unreachable' && because ? `: ${reason(language, because)}` : ''
      const log = peer.log.because ? reason(language, peer.log.because) : term(language, peer.log.state)
      const slow = peer.because && peer.because !== because ? ` (${reason(language, peer.because)})` : ''
      output.line(`${peer.name}  ${peer.origin}`)
      output.line(`  ${say(language, state)}${why}`, 4)
      output.line(`  ${say(language, 'mirrored', peer.mirrored, log, peer.cosigned)}`, 4)
      output.line(`  ${say(language, 'witnessesOurs', peer.witnessed)}${slow}`, 4)
      output.line(`  ${say(language, 'fingerprint')}: ${peer.fingerprint}`)
      output.line(`  ${peer.id}`)
    }
  return exitCodes.ok
}

async function card({ node, output, language }: Surround): Promise<ExitCode> {
  const text = await node().get<CardText>('/v1/card')
  const own = readCard(text)
  if (output.json) output.document(text)
  else {
    // The card is one line, whatever the terminal: it is what others copy.
    output.write(`${formatCard(own)}\n\n${qrOf(formatCard(own), output)}\n\n`)
    output.line(`${say(language, 'fingerprint')}: ${cardFingerprint(own)}`)
    if (own.urls.length === 0) output.remark(say(language, 'noAddress'))
  }
  return exitCodes.ok
}

/**
 * The code for a camera: light modules are drawn, so in a terminal the ground has to be black whatever its theme.
 * Broken by a narrow terminal no camera could read it.
 */
function qrOf(text: string, { columns, language, colours }: Surround['output']): string {
  const rows = renderUnicodeCompact(text, { border: 4 }).split('\n')
  const width = rows[0]!.length
  if (columns > 0 && columns < width) return say(language, 'qrTooWide', width)
  return rows.map((row) => (colours ? `\u001b[97;40m${row}\u001b[0m` : row)).join('\n')
}

async function addCard(surround: Surround, given: string | undefined): Promise<ExitCode> {
  const { values, output } = surround
  if (given === undefined) throw new UsageError(['needCard'])
  const read = cardOf(await readText(given, maxCardBytes))
  const fingerprint = cardFingerprint(read)
  if (values.fingerprint !== undefined) return addKnown(surround, read, values.fingerprint)
  if (!output.json) showCard(surround, read, fingerprint)
  if (!values.yes && !(await confirmed(surround))) {
    if (output.json) output.document({ added: false, fingerprint })
    output.remark(say(surround.language, process.stdin.isTTY && !output.json ? 'notAdded' : 'notAsked'))
    return exitCodes.failed
  }
  return add(surround, read)
}

async function addFound(surround: Surround): Promise<ExitCode> {
  const { values, node, words } = surround
  if (values.fingerprint === undefined) throw new UsageError(['foundNeedsFingerprint'])
  if (words.length > 1) throw new UsageError(['cardOrFound'])
  const boxes = await node().get<FoundBox[]>('/v1/found')
  const named = boxes.filter(({ name }) => name === values.found)
  const box = named.find(({ fingerprint }) => isFingerprint(values.fingerprint!, fingerprint)) ?? named[0]
  if (!box) throw new NodeRefused('not-found', `no box called "${values.found}" was found`)
  return addKnown(surround, cardOf(box.card), values.fingerprint)
}

/** Whoever gives the fingerprint has compared it. */
function addKnown(surround: Surround, read: Card, given: string): Promise<ExitCode> | ExitCode {
  const fingerprint = cardFingerprint(read)
  if (isFingerprint(given, fingerprint)) return add(surround, read)
  if (surround.output.json) surround.output.document({ added: false, fingerprint })
  surround.output.remark(say(surround.language, 'otherFingerprint', fingerprint))
  return exitCodes.failed
}

async function add(surround: Surround, read: Card): Promise<ExitCode> {
  const peer = await surround.node().post<PeerReport>('/v1/peers', JSON.parse(formatCard(read)))
  if (surround.output.json) surround.output.document(peer)
  else tell(surround, 'added', peer.name)
  await sayEarlier(surround, peer)
  return exitCodes.ok
}

/** A box that went on with a new log is a peer by its earlier one, too, which counts as a witness until it is removed. */
async function sayEarlier({ node, output, language }: Surround, { id, origin }: PeerReport): Promise<void> {
  const box = origin.slice(0, origin.lastIndexOf('/') + 1)
  for (const other of await node().get<PeerReport[]>('/v1/peers'))
    if (other.id !== id && other.origin.startsWith(box))
      output.remark(say(language, 'earlierPeer', other.origin, other.id))
}

function showCard({ output, language }: Surround, read: Card, fingerprint: string): void {
  output.line(`${read.name}  ${read.log.name}`)
  for (const url of read.urls) output.line(`  ${url}`)
  output.line(`  ${say(language, 'fingerprint')}: ${fingerprint}`)
  output.line(say(language, 'confirmCard'))
}

/** Only a person at a terminal confirms; a script says --yes or --fingerprint. */
async function confirmed({ language, signal }: Surround): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^(y|yes|是)$/i.test((await lines.question(say(language, 'addIt'), { signal })).trim())
  } finally {
    lines.close()
  }
}

async function change(
  surround: Surround,
  what: 'remove' | 'pause' | 'resume',
  word: string | undefined,
): Promise<ExitCode> {
  const { node, output } = surround
  if (word === undefined) throw new UsageError(['needPeer', what])
  const all = await node().get<PeerReport[]>('/v1/peers')
  const matches = all.filter(({ id, name }) => id === word || name === word)
  if (matches.length > 1) throw new UsageError(['severalPeers', word])
  const [peer] = matches
  if (!peer) throw new NodeRefused('not-found', `there is no peer "${word}"`)
  if (what === 'remove') await node().delete(`/v1/peers/${peer.id}`)
  else await node().post(`/v1/peers/${peer.id}/${what}`)
  const said = { remove: 'removed', pause: 'pausedNow', resume: 'resumed' } as const
  if (output.json) output.document({ id: peer.id, done: what })
  else tell(surround, said[what])
  return exitCodes.ok
}

async function discover(surround: Surround): Promise<ExitCode> {
  const { node, output, language } = surround
  const boxes = await node().get<FoundBox[]>('/v1/found')
  if (output.json) output.document(boxes)
  else if (boxes.length === 0) tell(surround, 'noFound')
  else
    for (const { name, fingerprint, known } of boxes)
      output.line(`${name}  ${fingerprint}${known ? `  (${say(language, 'known')})` : ''}`)
  if (!output.json && boxes.some(({ known }) => !known)) output.remark(say(language, 'addFound'))
  return boxes.length > 0 ? exitCodes.ok : exitCodes.notFound
}

/** A card alone, or the output of `peers card` with its QR code and fingerprint behind the line of the card. */
function cardOf(text: string): Card {
  const [first = '', second] = text
    .replace(/^\ufeff/, '')
    .trim()
    .split('\n')
  const isShown = first.startsWith('{') && first.trimEnd().endsWith('}') && second !== undefined
  try {
    return parseCard(isShown ? first.trim() : text.replace(/^\ufeff/, '').trim())
  } catch (cause) {
    if (!(cause instanceof CardError)) throw cause
    throw new UsageError(['isNoCard', cause.message], { cause })
  }
}

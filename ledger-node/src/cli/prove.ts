import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { NodeReport } from '../operation.ts'
import type { CardText } from '../peers/card.ts'
import type { EntriesAnswer, StateAnswer } from '../protocol.ts'
import { formatReceipt } from '../receipt/receipt-file.ts'
import { type Command, type Surround, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { readText } from './inputs.ts'
import { NodeRefused } from './node-api.ts'
import { UsageError } from './options.ts'
import { explainState } from './wording.ts'

/** The checkpoint that covers an entry follows within the interval of publishing. */
const patienceMs = 5000
const maxContent = 1024 * 1024

/** The receipt of an entry, or how far it has come. */
export const prove: Command = async (surround) => {
  const { words, values, output, language } = surround
  const query = entryQuery(words[0]!)
  const state = await surround.node().get<StateAnswer>(`/v1/state?${query}`)
  if (values.state) {
    if (output.json) output.document(state)
    else {
      const report = await surround.node().get<NodeReport>('/v1/status')
      output.line(explainState(language, state, report))
    }
    return exitCodes.ok
  }
  const proof = await proofOf(surround, query)
  const text = values.bundle ? await bundle(surround, state.seq, proof) : proof
  if (values.out) {
    writeFileSync(values.out, text)
    if (!output.json) tell(surround, 'written', values.out)
  }
  if (output.json) output.document({ ...state, ...(values.out ? { out: values.out } : { receipt: text }) })
  else if (!values.out) output.write(text)
  return exitCodes.ok
}

function entryQuery(word: string): string {
  if (/^\d{1,15}$/.test(word)) return `seq=${Number(word)}`
  if (/^[0-9a-f]{64}$/.test(word)) return `commitment=${word}`
  throw new UsageError(['whichEntry'])
}

async function proofOf({ node }: Surround, query: string): Promise<string> {
  const latest = Date.now() + patienceMs
  for (;;) {
    try {
      return await node().text(`/v1/proof?${query}`)
    } catch (error) {
      const isEarly = error instanceof NodeRefused && error.code === 'not-found'
      if (!isEarly || Date.now() > latest) throw error
    }
    await pause(100)
  }
}

/** One file with all that a stranger needs: the page that verifies receipts reads it, and `verify`. */
async function bundle({ node, values }: Surround, seq: number, proof: string): Promise<string> {
  if ((values.salt === undefined) !== (values.content === undefined)) throw new UsageError(['saltAndContent'])
  const { entries } = await node().get<EntriesAnswer>(`/v1/entries?from=${seq}&limit=1`)
  const card = await node().get<CardText>('/v1/card')
  const content = values.content === undefined ? undefined : await readText(values.content, maxContent)
  return formatReceipt({
    proof,
    entry: entries[0]!.text,
    ...(values.salt && { salt: values.salt }),
    ...(content !== undefined && { content: content.trim() }),
    log: card.log,
    policy: await node().text('/v1/policy'),
  })
}

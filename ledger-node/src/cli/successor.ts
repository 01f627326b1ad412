import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseStatement, sealStatement, signStatement } from '../forks/statement.ts'
import {
  formatSignerKey,
  formatVerifierKey,
  logKeyType,
  makeSignerKey,
  parseSignerKey,
  verifierOf,
} from '../note/key.ts'
import { maxNoteBytes, parseNote } from '../note/note.ts'
import type { SuccessionAnswer, SuccessorAnswer } from '../operation.ts'
import type { CardText } from '../peers/card.ts'
import { type Command, type Surround, tell } from './command.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { readFile, readKey } from './inputs.ts'
import { say } from './language.ts'
import { UsageError } from './options.ts'

/** Begins a new log id in the place of the current one; says what is needed for it, until everything is there. */
export const successor: Command = async (surround) => {
  const { values, node, output, language } = surround
  const statement =
    values.statement === undefined ? undefined : readFile(values.statement, maxNoteBytes).toString()
  if (values.yes && statement !== undefined) return begin(surround, { statement })
  const plan = await node().post<SuccessionAnswer>('/v1/succession', {
    reason: values.reason ?? 'a new log id',
    ...(values.generation !== undefined && { generation: generationOf(values.generation) }),
  })
  if (values.yes && plan.statement === null) return begin(surround, {})
  if (output.json) output.document(plan)
  else if (plan.statement === null) tell(surround, 'confirmSuccessor', plan.from, plan.origin)
  else {
    // Standard output is what they sign, so that it can be sent to a file.
    const { needed, admins } = plan
    const missing = needed - admins.length
    if (missing > 0) output.remark(say(language, 'adminsMissing', missing))
    output.remark(say(language, 'statementNeeded', needed, admins.length))
    output.write(plan.statement)
  }
  return values.yes ? exitCodes.failed : exitCodes.ok
}

function generationOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(['generationIsNumber'])
}

async function begin(surround: Surround, body: { statement?: string }): Promise<ExitCode> {
  const begun = await surround.node().post<SuccessorAnswer>('/v1/successor', body)
  if (surround.output.json) surround.output.document(begun)
  else tell(surround, 'succeeded', begun.origin)
  return exitCodes.ok
}

/** Keys of administrators: made away from the box, recorded on it, used to sign statements. */
export const adminKey: Command = async (surround) => {
  const { words, node, output } = surround
  const [what = '', word = ''] = words
  switch (what) {
    case 'make':
      return makeKey(surround, word)
    case 'set': {
      const key = formatVerifierKey(readKey(word, 'admin-key set'))
      await node().post('/v1/admin-key', { key })
      if (output.json) output.document({ key })
      else tell(surround, 'adminKeySet', key)
      return exitCodes.ok
    }
    case 'sign':
      return sign(surround, word)
    default:
      throw new UsageError(['whichAdminKey'])
  }
}

/** `<host>/<box id>/admin`; the file is the person's, 0600, and nothing is overwritten. */
async function makeKey(surround: Surround, path: string): Promise<ExitCode> {
  const { log } = await surround.node().get<CardText>('/v1/card')
  const box = log.slice(0, log.indexOf('+')).split('/').slice(0, -1).join('/')
  const signer = makeSignerKey(`${box}/admin`, logKeyType, randomBytes(32))
  writeFileSync(path, `${formatSignerKey(signer)}\n`, { mode: 0o600, flag: 'wx' })
  const key = formatVerifierKey(verifierOf(signer))
  if (surround.output.json) surround.output.document({ file: path, key })
  else tell(surround, 'adminKeyMade', path, key)
  return exitCodes.ok
}

/** Adds a signature to a statement: a bare text, or one that others have signed. It is written to standard output. */
async function sign({ values, output }: Surround, path: string): Promise<ExitCode> {
  if (values.with === undefined) throw new UsageError(['needAdminKey'])
  const given = readFile(path, maxNoteBytes).toString()
  const { text, lines } = given.includes('\n\n— ')
    ? signed(given)
    : { text: `${given.trimEnd()}\n`, lines: [] as string[] }
  parseStatement(text)
  const signer = parseSignerKey(readFile(values.with, 4096).toString().trim())
  const note = sealStatement(text, [...lines, signStatement(text, signer)])
  if (output.json) output.document({ statement: note })
  else output.write(note)
  return exitCodes.ok
}

function signed(note: string): { text: string; lines: string[] } {
  const { text, signatures } = parseNote(note)
  return { text, lines: signatures.map(({ line }) => line) }
}

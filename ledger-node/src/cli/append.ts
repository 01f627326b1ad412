import { type Commitment, commit } from '../entry.ts'
import { commitTo, type Kind, kinds } from '../kinds.ts'
import type { AppendAnswer } from '../protocol.ts'
import { type Command, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { readText } from './inputs.ts'
import { UsageError } from './options.ts'

const maxContent = 1024 * 1024

/** Appends one entry: a commitment that was made elsewhere, or one made here of a content. */
export const append: Command = async (surround) => {
  const { words, values, node, output } = surround
  const [type = ''] = words
  if ((values.commitment === undefined) === (values.content === undefined))
    throw new UsageError(['commitmentOrContent'])
  const made =
    values.content === undefined ? null : commitment(type, await readText(values.content, maxContent))
  const entry = { type, commitment: made?.commitment ?? values.commitment! }
  const { seqs } = await node().post<AppendAnswer>('/v1/entries', { entries: [entry] })
  const seq = seqs[0]!
  if (output.json)
    output.document({ seq, ...entry, ...(made && { salt: made.salt, content: made.canonical }) })
  else {
    tell(surround, 'appended', seq)
    if (made) tell(surround, 'keepSalt', made.salt)
  }
  return exitCodes.ok
}

/** Under a fresh salt; the content of a kind that is known has to fit it. */
function commitment(type: string, text: string): Commitment {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw new UsageError(['contentIsJson'], { cause })
  }
  try {
    return Object.hasOwn(kinds, type) ? commitTo(type as Kind, content as never) : commit(content)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new UsageError(['badInput', '--content', cause.message], { cause })
  }
}

import Type from 'typebox'
import Compile from 'typebox/compile'
import { Digest } from '../entry.ts'

/** What peers tell each other, both ways: `POST /gossip` and its answer, JSON in UTF-8. */
const MessageSchema = Type.Object(
  {
    /** Signed checkpoints: the newest of the sender's log, and what it knows of others. */
    notes: Type.Array(Type.String({ maxLength: 128 * 1024 }), { maxItems: 2048 }),
    /** Origin hashes of logs that were proved to fork: the proofs are at `/fork/<origin hash>`. */
    forks: Type.Array(Digest, { maxItems: 512 }),
    /** Origin hashes of new logs: what endorses them is at `/statement/<origin hash>`. */
    statements: Type.Array(Digest, { maxItems: 512 }),
  },
  { additionalProperties: false },
)
export type Message = Type.Static<typeof MessageSchema>

const validator = Compile(MessageSchema)

export const maxMessageBytes = 1 << 20

/** Null for anything that is no message. */
export function parseMessage(bytes: Uint8Array): Message | null {
  if (bytes.length > maxMessageBytes) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    return validator.Check(value) ? value : null
  } catch {
    return null
  }
}

/** Bytes of a message beside its notes. */
const maxBesideNotes = 128 * 1024

/**
 * As much of it as a message may hold. Where that is not all, the longest notes are left out: a log that signs long ones
 * keeps nobody from hearing of the others.
 */
export function formatMessage({ notes, forks, statements }: Message): Buffer {
  const message = { notes: fitting(notes), forks: forks.slice(0, 512), statements: statements.slice(0, 512) }
  return Buffer.from(JSON.stringify(message))
}

function fitting(notes: readonly string[]): string[] {
  const sized = notes
    .slice(0, 2048)
    .map((note) => ({ note, bytes: Buffer.byteLength(JSON.stringify(note)) + 1 }))
  let room = maxMessageBytes - maxBesideNotes
  const kept = new Set<unknown>()
  for (const each of sized.toSorted((one, other) => one.bytes - other.bytes)) {
    room -= each.bytes
    if (room < 0) break
    kept.add(each)
  }
  return sized.filter((each) => kept.has(each)).map(({ note }) => note)
}

import Type from 'typebox'
import Compile, { type Validator } from 'typebox/compile'
import { type Commitment, commit, Digest } from './entry.ts'

/**
 * The one table of entry kinds: `type` of the entry -> schema of the content that its commitment stands for.
 * Contents live off the ledger. A kind may gain optional members; anything else is a new kind. Entries of kinds
 * that are not in here are carried and verified like all others, and not interpreted.
 */

const Id = Type.String({ minLength: 1, maxLength: 64 })
const Time = Type.String({ format: 'date-time', maxLength: 32 })
const Name = Type.String({ maxLength: 4096 })
const Count = Type.Integer({ minimum: 0 })

const exactly = { additionalProperties: false } as const

/** A file became part of what the box may cite. */
export const SourceAdded = Type.Object(
  {
    /** Id of the source and the space it lies in. */
    source: Id,
    space: Id,
    /** SHA-256 of the file's bytes. */
    content: Digest,
    name: Name,
    size: Count,
    at: Time,
  },
  exactly,
)

/** A file was taken away, or its bytes replaced (a `source-added` with the new ones follows). */
export const SourceRemoved = Type.Object(
  { source: Id, space: Id, content: Digest, name: Name, at: Time },
  exactly,
)

/** An answer was given: what went in, what came out, and who wrote it. */
export const AnswerGiven = Type.Object(
  {
    answer: Id,
    conversation: Id,
    /** SHA-256 of the question, of the exact bytes that left the box (null: none did), and of the answer, UTF-8. */
    question: Digest,
    sent: Type.Union([Digest, Type.Null()]),
    text: Digest,
    /** Ids of the passages the answer was written from, in the order they were numbered, and those it cites. */
    passages: Type.Array(Id, { maxItems: 256 }),
    cited: Type.Array(Id, { maxItems: 256 }),
    redactions: Count,
    outcome: Type.String({ maxLength: 64 }),
    via: Type.Union([Type.Literal('gateway'), Type.Literal('box')]),
    model: Type.String({ maxLength: 256 }),
    at: Time,
  },
  exactly,
)

/** A model is in use from now on: for answers, for embedding, or for another step. */
export const ModelUsed = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 256 }),
    version: Type.String({ maxLength: 256 }),
    /** SHA-256 of the model's file; of its list of files with their hashes where there are several. */
    sha256: Digest,
    purpose: Type.String({ minLength: 1, maxLength: 64 }),
    at: Time,
  },
  exactly,
)

/** The log ends here; another log of the same box goes on in its place. */
export const LogSucceeded = Type.Object(
  {
    origin: Type.String({ minLength: 1, maxLength: 255 }),
    /** Verifier key (C2SP signed-note) of the new log. */
    key: Type.String({ minLength: 1, maxLength: 512 }),
    at: Time,
  },
  exactly,
)

export const kinds = {
  'source-added': SourceAdded,
  'source-removed': SourceRemoved,
  answer: AnswerGiven,
  model: ModelUsed,
  'log-succeeded': LogSucceeded,
} as const

export type Kind = keyof typeof kinds
export type ContentOf<K extends Kind> = Type.Static<(typeof kinds)[K]>

const validators = new Map<string, Validator>(
  Object.entries(kinds).map(([kind, schema]) => [kind, Compile(schema) as Validator]),
)

/**
 * Checks a content against its kind and commits to it under a fresh salt: `commitment` goes to the ledger,
 * `canonical` and `salt` stay with the box.
 * @throws TypeError naming the first member that does not fit
 */
export function commitTo<K extends Kind>(kind: K, content: ContentOf<K>): Commitment {
  const validator = validators.get(kind)
  if (!validator) throw new TypeError(`unknown kind of entry: ${kind}`)
  if (!validator.Check(content)) {
    const [problem] = validator.Errors(content)
    throw new TypeError(
      `content of ${kind}${problem?.instancePath ?? ''}: ${problem?.message ?? 'does not fit'}`,
    )
  }
  return commit(content)
}

/** A content that fits the kind it is said to be of. */
export type Known = { [K in Kind]: { kind: K; content: ContentOf<K> } }[Kind]

/** Whether entries of this type are interpreted here. */
export function isKind(type: string): type is Kind {
  return validators.has(type)
}

/** A content, read as one of its kind; null for kinds that are not known here, and for what does not fit. */
export function readAs(type: string, content: unknown): Known | null {
  return validators.get(type)?.Check(content) ? ({ kind: type, content } as Known) : null
}

import { StatementError } from '../forks/statement.ts'
import { KeyError } from '../note/key.ts'
import { NoteError } from '../note/note.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { type Language, say, type TextName, term } from './language.ts'
import { NodeAway, NodeRefused, TokenMissing } from './node-api.ts'
import { UsageError } from './options.ts'
import { reason } from './reasons.ts'

/** What a command that failed ends with. */
export interface Failure {
  /** For programs: with --json. */
  code: string
  /** For a person. */
  sentence: string
  exit: ExitCode
}

export function failureOf(error: unknown, language: Language): Failure {
  const { code, text, exit } = reasonOf(error, language)
  return { code, sentence: typeof text === 'string' ? text : sentenceOf(text, language), exit }
}

/** What is put into it may be the reason of a reader of keys, policies or cards, in English. */
function sentenceOf([name, ...given]: [TextName, ...(string | number)[]], language: Language): string {
  return say(language, name, ...given.map((it) => (typeof it === 'string' ? reason(language, it) : it)))
}

interface Reason {
  code: string
  text: string | [TextName, ...(string | number)[]]
  exit: ExitCode
}

function reasonOf(error: unknown, language: Language): Reason {
  if (error instanceof UsageError) return { code: 'usage', text: error.text, exit: exitCodes.usage }
  if (error instanceof TokenMissing)
    return { code: 'unauthorised', text: ['noToken', error.url, error.tokenFile], exit: exitCodes.failed }
  if (error instanceof NodeAway)
    return { code: 'unreachable', text: ['away', error.url], exit: exitCodes.unreachable }
  if (error instanceof NodeRefused) {
    const exit = error.code === 'not-found' ? exitCodes.notFound : exitCodes.failed
    return { code: error.code, text: refusal(error, language), exit }
  }
  if (error instanceof Error && error.name === 'AbortError')
    return { code: 'interrupted', text: ['interrupted'], exit: exitCodes.interrupted }
  const file = fileReasonOf(error)
  if (file) return file
  const isInput = error instanceof KeyError || error instanceof NoteError || error instanceof StatementError
  const message = reason(language, error instanceof Error ? error.message : String(error))
  return { code: isInput ? 'malformed' : 'failed', text: message, exit: exitCodes.failed }
}

/** The node speaks English: in Chinese the kind of refusal stands before what it says. */
function refusal({ code, message }: NodeRefused, language: Language): string {
  return language === 'zh' ? `${term('zh', code)}：${reason('zh', message)}` : message
}

/** What the system says of a path that somebody gave. */
const fileReasons: Record<string, { code: string; text: TextName }> = {
  ENOENT: { code: 'no-such-path', text: 'noPath' },
  EEXIST: { code: 'there-already', text: 'isThere' },
  EACCES: { code: 'no-permission', text: 'noPermission' },
  EPERM: { code: 'no-permission', text: 'noPermission' },
  EROFS: { code: 'no-permission', text: 'noPermission' },
  ENOTDIR: { code: 'no-folder', text: 'notFolder' },
  EISDIR: { code: 'no-file', text: 'isFolder' },
}

function fileReasonOf(error: unknown): Reason | null {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return null
  const known = fileReasons[String(error.code)]
  if (!known) return null
  // Of a copy it is the target that somebody gave.
  const path = String('dest' in error ? error.dest : error.path)
  const isRefused = known.code === 'no-permission' || known.code === 'there-already'
  const exit = isRefused ? exitCodes.failed : exitCodes.usage
  return { code: known.code, text: [known.text, path], exit }
}

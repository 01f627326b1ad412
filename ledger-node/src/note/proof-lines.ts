import { decodeHash } from './base64.ts'
import { malformed } from './note.ts'

/** What tlog-proof and tlog-witness have in common: some lines, an empty line, a signed note. */

/**
 * The lines before the first empty line, without line ends, and the note after it.
 * @param limit lines at most
 * @throws NoteError 'malformed'
 */
export function splitAtNote(text: string, limit: number): { lines: string[]; note: string } {
  const end = text.indexOf('\n\n')
  if (end < 0) throw malformed('an empty line stands between the proof and the checkpoint')
  const lines = text.slice(0, end).split('\n', limit + 1)
  if (lines.length > limit) throw malformed('more lines than a proof has')
  return { lines, note: text.slice(end + 2) }
}

/**
 * Lines of a proof, a hash each.
 * @param limit hashes at most
 * @throws NoteError 'malformed'
 */
export function parseHashLines(lines: readonly string[], limit: number): Buffer[] {
  if (lines.length > limit) throw malformed(`a proof has at most ${limit} lines`)
  return lines.map((line) => {
    const hash = decodeHash(line)
    if (hash === null) throw malformed('a line of a proof is 32 bytes in strict base64')
    return hash
  })
}

import { openCheckpoint } from './checkpoint.ts'
import { cosignaturesOf } from './cosignature.ts'
import { formatVerifierKey, KeyError, logKeyType, parseVerifierKey, type VerifierKey } from './key.ts'
import { type Note, noteOf } from './note.ts'
import { octetsOfText, textOfOctets } from './octets.ts'
import {
  PolicyError,
  type PolicyGroup,
  type PolicyLog,
  PolicyRules,
  type PolicyWitness,
} from './policy-rules.ts'
import { isSatisfied, type Quorum, thresholdOf } from './quorum.ts'

/** Which logs are trusted, and whose cosignatures make a checkpoint final (C2SP tlog-policy). */
export interface Policy {
  logs: readonly PolicyLog[]
  witnesses: readonly PolicyWitness[]
  /** In an order in which they can be defined. */
  groups: readonly PolicyGroup[]
  quorum: Quorum
  /** Whether cosignatures of these witnesses, by their names in the policy, are enough. */
  satisfiedBy(witnessNames: ReadonlySet<string>): boolean
}

/** Bytes of a policy file at most. */
export const maxPolicyBytes = 1024 * 1024

/**
 * Reads a policy file. The line end of the last line may be missing.
 * @throws PolicyError naming the line
 */
export function parsePolicy(input: Uint8Array | string): Policy {
  const octets = Buffer.from(input)
  if (octets.length > maxPolicyBytes) throw new PolicyError(`more than ${maxPolicyBytes} bytes`)
  const rules = new PolicyRules()
  octets
    .toString('latin1')
    .split('\n')
    .forEach((line, index) => {
      readLine(rules, line, index + 1)
    })
  return policyOf(rules)
}

/** @param line one character an octet */
function readLine(rules: PolicyRules, line: string, number: number): void {
  try {
    checkOctets(line)
    const items = line.split(/[ \t]+/).filter((item) => item !== '')
    const [keyword, ...rest] = items.map((item) => textOfOctets(Buffer.from(item, 'latin1')))
    if (keyword !== undefined && !keyword.startsWith('#')) readDefinition(rules, keyword, rest)
  } catch (cause) {
    if (!(cause instanceof PolicyError) && !(cause instanceof KeyError)) throw cause
    throw new PolicyError(cause.message, number, { cause })
  }
}

function checkOctets(line: string): void {
  for (const character of line) {
    const isControl = (character < ' ' && character !== '\t') || character === '\x7f'
    if (isControl) throw new PolicyError('a control character; lines end with a line feed alone')
  }
}

function readDefinition(rules: PolicyRules, keyword: string, items: readonly string[]): void {
  const [first = '', second = '', third] = items
  if (keyword === 'log' && (items.length === 1 || items.length === 2)) {
    rules.addLog({ key: parseVerifierKey(first), ...urlOf(items[1]) })
  } else if (keyword === 'witness' && (items.length === 2 || items.length === 3)) {
    rules.addWitness({ name: first, key: parseVerifierKey(second), ...urlOf(third) })
  } else if (keyword === 'group' && items.length >= 3) {
    const members = items.slice(2)
    rules.addGroup({ name: first, threshold: readThreshold(second, members.length), members })
  } else if (keyword === 'quorum' && items.length === 1) {
    rules.setQuorum(first)
  } else {
    throw new PolicyError('not a log, witness, group or quorum with what belongs to it')
  }
}

function urlOf(url: string | undefined): { url?: string } {
  return url === undefined ? {} : { url }
}

function readThreshold(text: string, members: number): number {
  if (text === 'any') return 1
  if (text === 'all') return members
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new PolicyError('a group says any, all or a decimal number')
  return Number(text)
}

function policyOf({ logs, witnesses, groups, quorum }: PolicyRules): Policy {
  if (quorum === null) throw new PolicyError('a policy has a quorum line')
  return { logs, witnesses, groups, quorum, satisfiedBy: (names) => isSatisfied(quorum, names) }
}

/** "k of n", where that is all there is to a quorum: none (0 of 0), one witness (1 of 1), a group of witnesses. */
export function describe({ quorum }: Policy): { k: number; n: number } | null {
  if (quorum.kind === 'none') return { k: 0, n: 0 }
  if (quorum.kind === 'witness') return { k: 1, n: 1 }
  if (quorum.members.some(({ kind }) => kind !== 'witness')) return null
  return { k: quorum.threshold, n: quorum.members.length }
}

/** The file of a policy, in UTF-8 but for names that are not. Groups are written with numbers. */
export function formatPolicy({ logs, witnesses, groups, quorum }: Policy): Buffer {
  const lines = [
    ...logs.map(({ key, url }) => ['log', formatVerifierKey(key), url]),
    ...witnesses.map(({ name, key, url }) => ['witness', name, formatVerifierKey(key), url]),
    ...groups.map(({ name, threshold, members }) => ['group', name, String(threshold), ...members]),
    ['quorum', quorum.kind === 'none' ? 'none' : quorum.name],
  ]
  return Buffer.concat(lines.map(formatLine))
}

function formatLine(items: readonly (string | undefined)[]): Buffer {
  const octets = items
    .filter((item) => item !== undefined)
    .map((item) => octetsOfText(item) ?? Buffer.alloc(0))
  return Buffer.concat(
    octets.flatMap((item, index) => [Buffer.from(index === 0 ? '' : ' '), item]).concat(lineEnd),
  )
}
const lineEnd = Buffer.from('\n')

/**
 * The policy of a box over its witnesses: k of them as `thresholdOf` says, all alike, in one group; `quorum none`
 * without any. It lists no logs: those are known from elsewhere.
 * @param witnesses those other than the log's own box, whose cosignature counts nothing
 * @throws PolicyError for a name with white space or taken twice, a public key given twice, too many
 */
export function defaultPolicy(witnesses: readonly PolicyWitness[]): Policy {
  const rules = new PolicyRules()
  for (const witness of witnesses) rules.addWitness(witness)
  const members = witnesses.map(({ name }) => name)
  let group = 'witnesses'
  while (members.includes(group)) group += '-'
  if (members.length > 0) rules.addGroup({ name: group, threshold: thresholdOf(members.length).k, members })
  rules.setQuorum(members.length > 0 ? group : 'none')
  return policyOf(rules)
}

/**
 * Verifies a checkpoint and counts who cosigned it. It has to be signed by a log of the policy. `logKey` narrows that
 * to one log, and stands for the log where the policy lists none.
 * @returns the key of the log; the witnesses, by their names, in the order of the policy; whether they are enough
 * @throws NoteError as `openCheckpoint` and `cosignaturesOf`
 */
export function checkPolicy(
  policy: Policy,
  input: Note | Uint8Array | string,
  logKey?: VerifierKey,
): { log: VerifierKey; witnesses: string[]; final: boolean } {
  const { note, key: log } = openCheckpoint(noteOf(input), trustedLogs(policy, logKey))
  const cosigned = cosignaturesOf(
    note,
    policy.witnesses.map(({ key }) => key),
  )
  const witnesses = policy.witnesses
    .filter(({ key }) => cosigned.has(formatVerifierKey(key)))
    .map(({ name }) => name)
  return { log, witnesses, final: policy.satisfiedBy(new Set(witnesses)) }
}

function trustedLogs({ logs }: Policy, logKey: VerifierKey | undefined): VerifierKey[] {
  const usable = logs.map(({ key }) => key).filter(({ type }) => type === logKeyType)
  if (logKey === undefined) return usable
  if (logs.length === 0) return [logKey]
  const text = formatVerifierKey(logKey)
  return usable.filter((key) => formatVerifierKey(key) === text)
}

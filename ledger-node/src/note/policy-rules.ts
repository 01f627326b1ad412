import { cosignerKeyType, logKeyType, mlDsaKeyType, type VerifierKey } from './key.ts'
import { octetsOfText } from './octets.ts'
import type { Quorum } from './quorum.ts'

export interface PolicyLog {
  /** Its name is the origin of the log. */
  key: VerifierKey
  url?: string
}

export interface PolicyWitness {
  /** Its name in this policy; see octets.ts for names that are not UTF-8. */
  name: string
  key: VerifierKey
  url?: string
}

export interface PolicyGroup {
  name: string
  threshold: number
  /** Names of witnesses and of groups before this one. */
  members: string[]
}

/** A policy that cannot be taken. */
export class PolicyError extends Error {
  /** Number of the line in the file, from 1; null where no single line is at fault. */
  readonly line: number | null

  constructor(message: string, line: number | null = null, options?: ErrorOptions) {
    super(line === null ? message : `line ${line}: ${message}`, options)
    this.name = 'PolicyError'
    this.line = line
  }
}

/** Logs, witnesses and groups of a policy at most, each. */
export const maxPolicyItems = 100

/** ML-DSA-44 keys may stand in a policy; nothing that they signed counts here. */
const logTypes: readonly number[] = [logKeyType, mlDsaKeyType]
const witnessTypes: readonly number[] = [cosignerKeyType, mlDsaKeyType]

/** The rules of a policy, applied to one definition after the other. Everything throws PolicyError without a line. */
export class PolicyRules {
  readonly logs: PolicyLog[] = []
  readonly witnesses: PolicyWitness[] = []
  readonly groups: PolicyGroup[] = []
  /** Null until the quorum is given. */
  quorum: Quorum | null = null
  readonly #defined = new Map<string, Quorum>()
  readonly #members = new Set<string>()

  addLog(log: PolicyLog): void {
    checkCount(this.logs, 'logs')
    if (!logTypes.includes(log.key.type)) throw new PolicyError('a key of this type does not sign for a log')
    checkDuplicate(this.logs, log.key)
    if (log.url !== undefined) checkItem(log.url)
    this.logs.push(log)
  }

  addWitness(witness: PolicyWitness): void {
    checkCount(this.witnesses, 'witnesses')
    if (!witnessTypes.includes(witness.key.type)) throw new PolicyError('a key of this type does not cosign')
    checkDuplicate(this.witnesses, witness.key)
    if (witness.url !== undefined) checkItem(witness.url)
    this.#define(witness.name, { kind: 'witness', name: witness.name })
    this.witnesses.push(witness)
  }

  addGroup(group: PolicyGroup): void {
    const { name, threshold, members } = group
    checkCount(this.groups, 'groups')
    if (members.length === 0) throw new PolicyError('a group has at least one member')
    if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > members.length) {
      throw new PolicyError('a group asks for one of its members, or all, or a number between')
    }
    this.#define(name, { kind: 'group', name, threshold, members: members.map((one) => this.#join(one)) })
    this.groups.push(group)
  }

  /** `none`, or the name of a witness or group. */
  setQuorum(name: string): void {
    if (this.quorum !== null) throw new PolicyError('a second quorum')
    this.quorum = name === 'none' ? { kind: 'none' } : this.#find(name)
  }

  #define(name: string, meaning: Quorum): void {
    checkItem(name)
    if (name === 'none') throw new PolicyError('the name none is taken')
    if (this.#defined.has(name)) throw new PolicyError('a name that is defined before')
    this.#defined.set(name, meaning)
  }

  #find(name: string): Quorum {
    const meaning = this.#defined.get(name)
    if (meaning === undefined) throw new PolicyError('a name that is not defined before')
    return meaning
  }

  /** A witness counts in one way only. */
  #join(name: string): Quorum {
    const meaning = this.#find(name)
    if (this.#members.has(name)) throw new PolicyError('a name that is a member already')
    this.#members.add(name)
    return meaning
  }
}

function checkCount(list: readonly unknown[], what: string): void {
  if (list.length >= maxPolicyItems) throw new PolicyError(`more than ${maxPolicyItems} ${what}`)
}

/** Two keys are the same when their public keys are, whatever they are called. */
function checkDuplicate(list: readonly { key: VerifierKey }[], { publicKey }: VerifierKey): void {
  if (list.some(({ key }) => key.publicKey.equals(publicKey))) {
    throw new PolicyError('a public key that is given before')
  }
}

/** Whether a witness may be called so in a policy; not every name of a key can. */
export function isWitnessName(name: string): boolean {
  return isItem(name) && name !== 'none'
}

function checkItem(text: string): void {
  if (!isItem(text))
    throw new PolicyError('a name or URL that is empty, or has white space or control characters')
}

/** Names and URLs are octets other than space and control characters. */
function isItem(text: string): boolean {
  const octets = octetsOfText(text)
  return octets !== null && octets.length > 0 && octets.every((octet) => octet > 0x20 && octet !== 0x7f)
}

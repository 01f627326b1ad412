import { emptyHead, follow, type Head } from './chain.ts'
import { maxEntryBytes } from './entry.ts'
import { hashLeaf } from './tree/hash.ts'

/** What is known of an entry that was checked. */
export interface Followed {
  /** Its leaf hash, 32 bytes. */
  leaf: Buffer
  commitment: string
  time: string
  type: string
}

const open = '{"commitment":"'
/** Where `","prev":"` begins: after 64 digits. */
const afterCommitment = open.length + 64
const digest = /^[0-9a-f]{64}$/
const kinds = 256

/**
 * Follows a chain from entry to entry as `follow` does, with the same verdicts and faster: it knows what has to stand
 * where, and looks only at what may differ. Whatever does not fit goes through `follow`, which has the reason.
 */
export class Follower {
  #head: Head
  /** Date and time down to the dot of a time that `follow` took; the next entry nearly always has the same. */
  #second = ''
  /** Types that `follow` took. */
  readonly #types = new Set<string>()

  constructor(head: Head = emptyHead) {
    this.#head = head
  }

  get head(): Head {
    return this.#head
  }

  /**
   * Checks that `bytes` are the entry that follows, and moves on to it.
   * @throws ChainError naming the entry; nothing has moved then
   */
  next(bytes: Buffer): Followed {
    const known = this.#match(bytes)
    if (known) {
      const leaf = hashLeaf(bytes)
      this.#head = { size: this.#head.size + 1, hash: leaf.toString('hex') }
      return { leaf, ...known }
    }
    const { head, entry } = follow(this.#head, bytes)
    this.#head = head
    this.#second = entry.time.slice(0, 20)
    if (this.#types.size < kinds) this.#types.add(entry.type)
    return {
      leaf: Buffer.from(head.hash, 'hex'),
      commitment: entry.commitment,
      time: entry.time,
      type: entry.type,
    }
  }

  #match(bytes: Buffer): Omit<Followed, 'leaf'> | null {
    if (bytes.length > maxEntryBytes) return null
    const text = bytes.toString('latin1')
    const { size, hash } = this.#head
    const middle = `","prev":"${hash}","seq":${size},"suite":"sha256-ed25519","time":"${this.#second}`
    if (!text.startsWith(open) || !text.startsWith(middle, afterCommitment)) return null
    const commitment = text.slice(open.length, afterCommitment)
    if (!digest.test(commitment)) return null
    const at = afterCommitment + middle.length
    const isRest =
      this.#second !== '' &&
      isDigit(text, at) &&
      isDigit(text, at + 1) &&
      isDigit(text, at + 2) &&
      text.startsWith('Z","type":"', at + 3) &&
      text.endsWith('"}')
    if (!isRest) return null
    const type = text.slice(at + 14, -2)
    return this.#types.has(type) ? { commitment, time: this.#second + text.slice(at, at + 4), type } : null
  }
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

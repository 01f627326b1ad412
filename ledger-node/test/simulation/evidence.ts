import type { PeerRequest, PeerResponse } from '../../src/peers/exchange.ts'
import type { Claim } from './history.ts'
import { parseCheckpoint, parseNote, verifyCosignature, verifyEd25519 } from './honest.ts'

/** A key, as the world knows whose it is. */
export interface KnownKey {
  /** Name of the box. */
  box: string
  kind: 'log' | 'cosigner'
  name: string
  id: number
  type: number
  publicKey: Buffer
}

/** Something signed that was seen to leave a box. */
export interface Signed extends Claim {
  key: KnownKey
  origin: string
  /** Whose message it was in. */
  sender: string
}

/**
 * Every signature of a known key that left any box, in whatever message: what its holder has said and cannot take
 * back.
 */
export class Evidence {
  /** Told of everything signed, once for each sender. */
  onSigned: (signed: Signed) => void = () => {}
  private readonly keys = new Map<string, KnownKey>()
  /** Notes by who sent them. */
  private readonly seen = new Map<string, Set<string>>()
  /** By text of the key, then by origin. */
  private readonly said = new Map<KnownKey, Map<string, Map<string, Signed>>>()

  learn(key: KnownKey): void {
    const name = `${key.name} ${key.id}`
    if (!this.keys.has(name)) this.keys.set(name, key)
  }

  get known(): KnownKey[] {
    return [...this.keys.values()]
  }

  /** The known key that a signature claims to be by. */
  keyOf({ name, id }: Pick<KnownKey, 'name' | 'id'>): KnownKey | null {
    return this.keys.get(`${name} ${id}`) ?? null
  }

  /** What a key has signed about each origin. */
  of(key: KnownKey): [origin: string, claims: Signed[]][] {
    return [...(this.said.get(key) ?? new Map<string, Map<string, Signed>>())].map(([origin, claims]) => [
      origin,
      [...claims.values()],
    ])
  }

  /** Takes notice of what `sender` sends. */
  message(sender: string, request: PeerRequest, response?: PeerResponse): void {
    const seen = this.seen.get(sender) ?? new Set<string>()
    this.seen.set(sender, seen)
    for (const note of notesIn(request, response)) {
      if (seen.has(note)) continue
      seen.add(note)
      this.note(sender, note)
    }
  }

  private note(sender: string, text: string): void {
    try {
      const note = parseNote(text)
      const { origin, size, root } = parseCheckpoint(note.text)
      const claim = { origin, size: Number(size), root: root.toString('hex'), sender }
      for (const signature of note.signatures) {
        const key = this.keyOf(signature)
        if (!key) continue
        const isGood =
          key.kind === 'log'
            ? verifyEd25519(key.publicKey, Buffer.from(note.text), signature.signature)
            : verifyCosignature(note.text, signature, key) !== null
        if (isGood) this.add({ ...claim, key })
      }
    } catch {
      // What is no note says nothing.
    }
  }

  private add(signed: Signed): void {
    const origins = this.said.get(signed.key) ?? new Map<string, Map<string, Signed>>()
    this.said.set(signed.key, origins)
    const claims = origins.get(signed.origin) ?? new Map<string, Signed>()
    origins.set(signed.origin, claims)
    const name = `${signed.size} ${signed.root}`
    if (!claims.has(name)) claims.set(name, signed)
    this.onSigned(signed)
  }
}

/** Notes in what is sent: the request of whoever asks, or the answer of whoever was asked. */
function notesIn(request: PeerRequest, response: PeerResponse | undefined): string[] {
  const body = Buffer.from((response ?? request).body ?? '').toString()
  if (request.path === '/gossip') return gossiped(body)
  if (request.path === '/witness/add-checkpoint') {
    const asked = Buffer.from(request.body ?? '').toString()
    const note = asked.slice(asked.indexOf('\n\n') + 2)
    if (!response) return [note]
    return response.status === 200 ? [`${note.slice(0, note.indexOf('\n\n') + 2)}${body}`] : []
  }
  return response?.status === 200 && request.path.endsWith('/checkpoint') ? [body] : []
}

function gossiped(body: string): string[] {
  try {
    const message: unknown = JSON.parse(body)
    const notes = typeof message === 'object' && message !== null && 'notes' in message ? message.notes : []
    return Array.isArray(notes) ? notes.filter((note) => typeof note === 'string') : []
  } catch {
    return []
  }
}

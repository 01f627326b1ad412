import type { LedgerNode } from '../node.ts'
import type { Card } from '../peers/card.ts'

/** The node as its HTTP interface sees it: with what only the carriers know. */
export interface ServedNode extends LedgerNode {
  /** Name and addresses on the card of this box. */
  readonly about: { name: string; urls: readonly string[] }
  /** Ids of the peers with an open socket. */
  connected(): readonly string[]
  /** Cards that others announced on the local network. */
  found(): readonly Card[]
}

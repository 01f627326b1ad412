import type { BoxLogs } from '../log/box-logs.ts'
import type { VerifierKey } from '../note/key.ts'
import type { Policy } from '../note/policy.ts'
import type {
  ForkStatus,
  FoundBox,
  NodeStatus,
  PeerStatus,
  SuccessionAnswer,
  SuccessorAnswer,
} from '../operation.ts'
import type { Card } from '../peers/card.ts'
import type { StateAnswer } from '../protocol.ts'
import type { LedgerView } from '../views/fold.ts'
import type { Handle } from './resources.ts'

/** The node, as far as its HTTP interface goes. */
export interface ServedNode {
  readonly logs: Pick<BoxLogs, 'current'>
  /** What peers and strangers ask. */
  handle: Handle
  /** How far an entry of the current log has come. */
  stateOf(seq: number): StateAnswer
  witnessed(): { k: number; n: number }
  status(): Omit<NodeStatus, 'version'>
  card(): Card
  peers(): PeerStatus[]
  /** @throws RegistryError */
  addPeer(card: Card): Promise<PeerStatus>
  removePeer(id: string): Promise<void>
  pausePeer(id: string): Promise<void>
  resumePeer(id: string): Promise<void>
  found(): FoundBox[]
  /** One round with every peer. */
  sync(): Promise<void>
  forks(): ForkStatus[]
  view(): Promise<LedgerView>
  policy(): Policy
  setAdmin(key: VerifierKey | null): Promise<void>
  succession(reason: string): Promise<SuccessionAnswer>
  beginSuccessor(statement: string | undefined): Promise<SuccessorAnswer>
}

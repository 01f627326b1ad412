/**
 * One request to a peer and its answer: the same bytes over HTTP, over our WebSocket, and in the simulation.
 * Paths are those of `resources.ts`; bodies are what C2SP or `gossip.ts` say.
 */
export interface PeerRequest {
  method: 'GET' | 'POST'
  /** As `/witness/add-checkpoint`. */
  path: string
  body?: Uint8Array
}

export interface PeerResponse {
  /** An HTTP status. */
  status: number
  /** Content type. */
  type: string
  body: Uint8Array
  /** May be kept for ever by whoever gets it. */
  immutable?: boolean
}

/** The way to one peer. */
export interface Exchange {
  /**
   * @param limits.maxBytes longest body that is taken; more is an error
   * @throws Unreachable when there is no answer
   */
  request(request: PeerRequest, limits: { maxBytes: number; signal?: AbortSignal }): Promise<PeerResponse>
}

/** The peer did not answer, or not in time, or with more than was allowed. */
export class Unreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unreachable'
  }
}

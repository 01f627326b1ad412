/** Clocks and limits of peer sockets, milliseconds unless said otherwise. Tests run them faster. */
export const socketTiming = {
  /** From the open socket to the end of the handshake. */
  helloMs: 5000,
  /** A ping this often; after two without a pong the peer is gone. */
  heartbeatMs: 20_000,
  /** Longest wait for the first byte of an answer, and for the next one. */
  silenceMs: 30_000,
  /** A peer that reads nothing for this long while something waits for it is cut off. */
  stalledMs: 30_000,
  /** Between two dials: from the first to the second, growing, with jitter. */
  redialMs: [1000, 60_000] as readonly [number, number],
  /** A connection that held this long makes the next wait a short one again. */
  steadyMs: 10_000,
  /** Two connections of one peer that begin within this time were dialled by both at once. */
  crossedMs: 5000,
  /** How often it is looked who is connected and who should be. */
  reviewMs: 1000,
}
export type SocketTiming = typeof socketTiming

export const socketLimits = {
  /**
   * Requests that one end sends without an answer, and how many the other end bears with: an answer may be there
   * before its sender knows that it has left.
   */
  inFlight: 32,
  mostUnanswered: 64,
  /** Requests that wait here for one of those places. */
  waiting: 1024,
  /** Bytes of all unanswered requests of the other end together. */
  requestBytes: 8 * 1024 * 1024,
  /** Requests of the other end worked on at the same time; the rest of the 32 wait. */
  atOnce: 4,
  /** Requests per second in the long run, and at once; who sends more is answered later. */
  requestsPerSecond: 2000,
  requestBurst: 4000,
  /** Unsent bytes at which sending waits. */
  highWaterBytes: 1024 * 1024,
  /** Handshakes under way that others began, of those from one network, and connections in all. */
  handshakes: 64,
  handshakesOfOne: 8,
  connections: 128,
} as const

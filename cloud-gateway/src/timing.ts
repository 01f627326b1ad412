import { limits } from './protocol.ts'
import { heartbeatTiming } from './wire/heartbeat.ts'

/** The gateway's own clocks, milliseconds unless said otherwise. Tests run them faster. */
export const gatewayTiming = {
  heartbeat: heartbeatTiming,
  /** How long a TLS handshake may take: a storm of boxes takes its time. */
  tlsHandshakeMs: 20_000,
  /** From the moment `hello` was written to `auth`, counted while the event loop turns. */
  authMs: 5000,
  /** How long looking a box up and verifying its signature may take. */
  judgeMs: 20_000,
  /** A message about every running answer at least this often. */
  progressMs: 5000,
  /** Text that may go with what follows waits this long while the socket has unsent bytes. */
  gatherMs: 5,
  /** A box for which text waits and that neither acknowledges nor reads for this long is cut off. */
  stalledMs: 30_000,
  /** How long a model writes on for a box that is away. */
  awayMs: 30_000,
  /** How long an answer that is over, or without its box, can be taken up again. */
  keepMs: limits.resumeMs as number,
  /** A box that is back and does not take an old answer up for so long has left it behind. */
  leftMs: 2000,
  /** How long the end of an answer waits for the accounts. */
  bookMs: 3000,
  /** How long a question waits for its lost epoch to be ended elsewhere: the lease of a dead process, and some. */
  succeedMs: 40_000,
  /** How often that is asked. */
  succeedEveryMs: 500,
  /** How often revocations, new keys, quotas and newer connections elsewhere are asked for. */
  changesMs: 2000,
  /** The lease of this process at the accounts, how often it is renewed, and those of the dead are looked for. */
  leaseMs: 30_000,
  beatMs: 10_000,
  /** How often is written down how far running answers are. */
  noteMs: 2000,
  settleDeadMs: 30_000,
  pruneMs: 600_000,
  /** What running answers get when the gateway goes down, and over which time boxes come back. */
  drainMs: 10_000,
  jitterMs: 2000,
}
export type GatewayTiming = typeof gatewayTiming

/** Sizes are bytes. */
export const gatewayLimits = {
  /** Connections that have not authenticated yet, and those that wait before their upgrade. */
  handshakes: 512,
  waitingLine: 16_384,
  /** Connections on which nobody has come in yet: TLS, a request, the line. Some 8 to 12 kB each. */
  knocking: 16_384,
  /** Of those before authentication, peers that say nothing and have given up their place for others. */
  silentPeers: 4096,
  /**
   * Connections of one box (each is a write, and fences the one before), and of all: those are bounded by what a
   * signature costs. A line that is cut every second is not too often; a cloned key that fences its twin without end is.
   */
  connects: { each: { burst: 100, perMinute: 60 }, all: { burst: 1e9, perMinute: 1e9 }, remembered: 50_000 },
  /** Changes of a box's key: each costs milliseconds to check, and a write. */
  rotations: { each: { burst: 10, perMinute: 6 }, all: { burst: 1e9, perMinute: 1e9 }, remembered: 50_000 },
  /**
   * What is held for a box at which reading from its models stops, and at which it goes on. Above the high mark come
   * at most one read of each of eight model servers (8 KiB, providers/http/narrow-socket.ts) and what the socket may hold
   * (`mostUnsentBytes`): 256 KiB together, `limits.boxHeldBytes`.
   */
  highWaterBytes: 128 * 1024,
  lowWaterBytes: 64 * 1024,
  /** Unsent bytes of the socket at which text waits outside, and at which the connection is cut whatever they are. */
  socketFullBytes: 16 * 1024,
  mostUnsentBytes: 64 * 1024,
  /** While the socket has unsent bytes text is gathered up to this. */
  gatherBytes: 512,
  /** Text of one delta. */
  deltaBytes: 16 * 1024,
  /** What keeping one delta costs beside its text. */
  deltaOverheadBytes: 40,
  /** All answers whose box is away, together. */
  detachedBytes: 64 * 1024 * 1024,
  /** Frames (pings included) a box may send: so many at once, so many per second in the long run. */
  frameBurst: 400,
  framesPerSecond: 50,
  /** So many bytes count as one frame more. */
  frameUnitBytes: 32 * 1024,
  /** Finished answers kept per box until they are acknowledged. */
  keptAnswers: 64,
}
export type GatewayLimits = typeof gatewayLimits

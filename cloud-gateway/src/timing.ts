import { heartbeatTiming } from './wire/heartbeat.ts'

/** The gateway's own clocks, milliseconds unless said otherwise. Tests run them faster. */
export const gatewayTiming = {
  heartbeat: heartbeatTiming,
  /** From `hello` to a valid `auth`. */
  authMs: 5000,
  /** A message about every running answer at least this often. */
  progressMs: 5000,
  /** A box that reads nothing for this long while text is waiting for it is cut off. */
  stalledMs: 30_000,
  /** How long a finished answer can be asked for again. */
  keepMs: 120_000,
  /** How often connected boxes are looked up for revocation. */
  revocationMs: 3000,
  /** What running answers get when the gateway goes down, and over which time boxes come back. */
  drainMs: 10_000,
  jitterMs: 2000,
}
export type GatewayTiming = typeof gatewayTiming

export const gatewayLimits = {
  /** Connections that have not authenticated yet. */
  handshakes: 512,
  /** Unsent bytes per connection at which reading from models stops, and at which it goes on. */
  highWaterBytes: 256 * 1024,
  lowWaterBytes: 64 * 1024,
  /** Unsent bytes at which the connection is cut whatever they are. */
  mostUnsentBytes: 1024 * 1024,
  /** Frames (pings included) a box may send: so many at once, so many per second in the long run. */
  frameBurst: 200,
  framesPerSecond: 50,
  /** Finished answers kept per connection until they are acknowledged. */
  keptAnswers: 64,
} as const

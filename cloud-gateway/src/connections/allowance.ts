import type { GatewayLimits } from '../timing.ts'

/**
 * Frames a box may send: a bucket that refills steadily. Each delta that it is sent allows one more, so that a reader
 * who acknowledges fast never runs out. Two numbers a connection; the clock is a parameter.
 */
export interface Allowance {
  left: number
  at: number
}

type Bounds = Pick<GatewayLimits, 'frameBurst' | 'framesPerSecond' | 'frameUnitBytes'>

/** Counts a frame of so many bytes; false when that is too much. `earned`: frames sent to the box since the last time. */
export function spend(
  allowance: Allowance,
  frame: { bytes: number; earned: number; now: number },
  { frameBurst, framesPerSecond, frameUnitBytes }: Bounds,
): boolean {
  const refill = ((frame.now - allowance.at) / 1000) * framesPerSecond + frame.earned
  allowance.at = frame.now
  allowance.left = Math.min(frameBurst, allowance.left + refill) - 1 - frame.bytes / frameUnitBytes
  return allowance.left >= 0
}

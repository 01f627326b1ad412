import type { WebSocket } from 'ws'

export const heartbeatTiming = { everyMs: 20_000, misses: 2 }

/**
 * Finds half-open connections: pings, takes anything that arrives as a sign of life, and calls `onDead` when
 * that many pings in a row stayed without one. Returns the function that ends it.
 */
export function watchHeartbeat(socket: WebSocket, onDead: () => void, timing = heartbeatTiming): () => void {
  let unanswered = 0
  const alive = () => {
    unanswered = 0
  }
  const timer = setInterval(() => {
    // A dial has a timer of its own.
    if (socket.readyState !== socket.OPEN) return
    if (unanswered >= timing.misses) {
      onDead()
    } else {
      unanswered += 1
      socket.ping()
    }
  }, timing.everyMs)
  for (const event of ['message', 'ping', 'pong'] as const) socket.on(event, alive)
  return () => {
    clearInterval(timer)
    for (const event of ['message', 'ping', 'pong'] as const) socket.off(event, alive)
  }
}

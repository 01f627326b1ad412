/** The connection of a box, as its answers see it. */
export interface Outlet {
  /** Of the connection; a higher one fences a lower one. */
  readonly generation: number
  /** Bytes that the socket has not taken yet. */
  readonly unsentBytes: number
  /** The socket is free, and all that is unsent leaves at the end of this turn; the desk is asked before. */
  readonly leaving: boolean
  /** One message. Never throws; what goes to a connection that is closing is dropped. */
  send(message: string): void
  /** One message as a whole WebSocket frame, header included. */
  sendFrame(frame: Buffer): void
  close(code: number, reason: string): void
}

import { randomBytes } from 'node:crypto'
import type { RawData, WebSocket } from 'ws'
import type { SignerKey, VerifierKey } from '../note/key.ts'
import { NoteError } from '../note/note.ts'
import { FrameError } from './frames.ts'
import { checkHello, formatIntroduction, type Introduction, parseIntroduction, signHello } from './hello.ts'

/** Codes by which a peer socket is closed (PROTOCOL.md). */
export const closeCodes = {
  goingAway: 1001,
  malformed: 4400,
  refused: 4403,
  silent: 4408,
  superseded: 4409,
  tooSlow: 4413,
} as const

/** Why a handshake came to nothing, and the code that tells the other end. */
export class HandshakeFailed extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'HandshakeFailed'
    this.code = code
  }
}

export interface HandshakeSettings {
  /** Our log key; its name is our origin. */
  signer: SignerKey
  /** The log key of the box with this origin, where we know it and want to talk to it. */
  keyOf: (origin: string) => VerifierKey | null
  /** Whoever dialled shows who it is first. */
  side: 'dialled' | 'accepted'
  helloMs: number
}

/** A message that came so soon after the hello that nobody else could listen yet. */
export interface Early {
  data: RawData
  isBinary: boolean
}

/** Long enough for two origins, two nonces and a signature. */
const mostBytes = 2048

/**
 * Both ends show which log is theirs.
 * @returns the origin of the other end, once it has proved it, and what it sent meanwhile
 * @throws HandshakeFailed; the socket is the caller's to close
 */
export async function shakeHands(
  socket: WebSocket,
  settings: HandshakeSettings,
): Promise<{ origin: string; early: Early[] }> {
  const { signer, keyOf, side, helloMs } = settings
  const inbox = createInbox(socket, helloMs)
  try {
    const mine: Introduction = { origin: signer.name, nonce: randomBytes(32) }
    socket.send(formatIntroduction(mine))
    const theirs = parseIntroduction(await inbox.next())
    const key = keyOf(theirs.origin)
    if (!key) throw new HandshakeFailed(closeCodes.refused, 'this box is no peer here')
    if (side === 'dialled') socket.send(signHello(mine, theirs, signer))
    checkHello(await inbox.next(), theirs, mine, key)
    if (side === 'accepted') socket.send(signHello(mine, theirs, signer))
    return { origin: theirs.origin, early: inbox.early }
  } catch (error) {
    if (error instanceof NoteError) throw new HandshakeFailed(closeCodes.refused, error.message)
    if (error instanceof FrameError) throw new HandshakeFailed(closeCodes.malformed, error.message)
    throw error
  } finally {
    inbox.stop()
  }
}

/** The two texts of the handshake, small ones. */
function createInbox(socket: WebSocket, helloMs: number) {
  const texts: string[] = []
  const early: Early[] = []
  let seen = 0
  let failure: HandshakeFailed | null = null
  let wake = () => {}
  const fail = (code: number, reason: string) => {
    failure ??= new HandshakeFailed(code, reason)
    wake()
  }
  const onMessage = (data: RawData, isBinary: boolean) => {
    seen += 1
    if (seen > 2) early.push({ data, isBinary })
    else if (isBinary || (data as Buffer).length > mostBytes) fail(closeCodes.malformed, 'not a handshake')
    else texts.push(data.toString())
    wake()
  }
  const onClose = (code: number, reason: Buffer) =>
    fail(code, reason.toString() || 'the connection was closed')
  const timer = setTimeout(() => fail(closeCodes.silent, 'no hello in time'), helloMs)
  socket.on('message', onMessage)
  socket.on('close', onClose)
  return {
    early,
    async next(): Promise<string> {
      for (;;) {
        const text = texts.shift()
        if (text !== undefined) return text
        if (failure) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    stop() {
      clearTimeout(timer)
      socket.off('message', onMessage)
      socket.off('close', onClose)
    },
  }
}

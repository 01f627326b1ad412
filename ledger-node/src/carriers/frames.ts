/**
 * The messages of the peer protocol over a WebSocket once both ends have said hello (PROTOCOL.md). Each is one
 * binary frame: kind (1 byte), number of the request (4 bytes, big-endian), and what the kind says. Either end may
 * ask; each counts its own requests.
 */

export const subprotocol = 'tanbox-ledger.v1'

export const frameLimits = {
  /** Bytes of a body in one data frame: what is large takes turns with what is small. */
  dataBytes: 64 * 1024,
  /** Body of a request: gossip is the largest. */
  requestBytes: 1024 * 1024,
  /** Body of an answer: an entry bundle of 256 entries of 65,535 bytes. */
  responseBytes: 256 * (2 + 65_535),
  pathBytes: 1024,
  typeBytes: 128,
  /** Any frame, hello included. */
  frameBytes: 64 * 1024 + 2048,
} as const

export type Frame =
  | { kind: 'request'; id: number; method: 'GET' | 'POST'; path: string; length: number }
  | { kind: 'response'; id: number; status: number; type: string; immutable: boolean; length: number }
  /** Bytes of a request's body, of an answer's body. A body is whole when its length has arrived. */
  | { kind: 'request-data'; id: number; bytes: Buffer }
  | { kind: 'response-data'; id: number; bytes: Buffer }
  /** Whoever asked no longer waits. */
  | { kind: 'cancel'; id: number }

/** The peer does not speak this protocol; the connection is of no use any more. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FrameError'
  }
}

const kinds = { request: 1, response: 2, 'request-data': 3, 'response-data': 4, cancel: 5 } as const
const methods = ['GET', 'POST'] as const
const headBytes = 5

export function encodeFrame(frame: Frame): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(kinds[frame.kind])
  head.writeUInt32BE(frame.id, 1)
  switch (frame.kind) {
    case 'request': {
      const about = Buffer.alloc(5)
      about.writeUInt8(methods.indexOf(frame.method))
      about.writeUInt32BE(frame.length, 1)
      return Buffer.concat([head, about, Buffer.from(frame.path)])
    }
    case 'response': {
      const about = Buffer.alloc(7)
      about.writeUInt16BE(frame.status)
      about.writeUInt8(frame.immutable ? 1 : 0, 2)
      about.writeUInt32BE(frame.length, 3)
      return Buffer.concat([head, about, Buffer.from(frame.type)])
    }
    case 'request-data':
    case 'response-data':
      return Buffer.concat([head, frame.bytes])
    case 'cancel':
      return head
  }
}

/** @throws FrameError */
export function decodeFrame(bytes: Buffer): Frame {
  if (bytes.length < headBytes) throw new FrameError('a frame without a head')
  const id = bytes.readUInt32BE(1)
  const rest = bytes.subarray(headBytes)
  switch (bytes[0]) {
    case kinds.request:
      return decodeRequest(id, rest)
    case kinds.response:
      return decodeResponse(id, rest)
    case kinds['request-data']:
      return { kind: 'request-data', id, bytes: data(rest) }
    case kinds['response-data']:
      return { kind: 'response-data', id, bytes: data(rest) }
    case kinds.cancel:
      if (rest.length > 0) throw new FrameError('a cancel with something behind it')
      return { kind: 'cancel', id }
    default:
      throw new FrameError(`a frame of unknown kind ${bytes[0]}`)
  }
}

function decodeRequest(id: number, rest: Buffer): Frame {
  if (rest.length < 6) throw new FrameError('a request without a path')
  const method = methods[rest[0]!]
  if (!method) throw new FrameError(`a request with unknown method ${rest[0]}`)
  const length = rest.readUInt32BE(1)
  if (length > frameLimits.requestBytes)
    throw new FrameError(`a request has at most ${frameLimits.requestBytes} bytes`)
  const path = printable(rest.subarray(5), frameLimits.pathBytes, 'path')
  if (!path.startsWith('/')) throw new FrameError('a path that does not begin with /')
  return { kind: 'request', id, method, path, length }
}

function decodeResponse(id: number, rest: Buffer): Frame {
  if (rest.length < 7) throw new FrameError('an answer without its head')
  const status = rest.readUInt16BE()
  if (status < 200 || status > 599) throw new FrameError(`an answer with status ${status}`)
  const flags = rest[2]!
  if (flags > 1) throw new FrameError(`an answer with unknown flags ${flags}`)
  const length = rest.readUInt32BE(3)
  if (length > frameLimits.responseBytes)
    throw new FrameError(`an answer has at most ${frameLimits.responseBytes} bytes`)
  const type = printable(rest.subarray(7), frameLimits.typeBytes, 'content type')
  return { kind: 'response', id, status, type, immutable: flags === 1, length }
}

function data(rest: Buffer): Buffer {
  if (rest.length === 0) throw new FrameError('a data frame without data')
  if (rest.length > frameLimits.dataBytes)
    throw new FrameError(`a data frame has at most ${frameLimits.dataBytes} bytes`)
  return rest
}

/** ASCII without control characters; what stands in a path or a content type. */
function printable(bytes: Buffer, limit: number, what: string): string {
  const text = bytes.toString('latin1')
  if (bytes.length > limit) throw new FrameError(`a ${what} has at most ${limit} bytes`)
  if (!/^[\x20-\x7e]*$/.test(text)) throw new FrameError(`a ${what} with unprintable characters`)
  return text
}

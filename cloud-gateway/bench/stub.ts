/**
 * A model server in a process of its own. The bytes of every token are built beforehand; only the moment is written
 * into them. `max_tokens` of a request is how many tokens it writes; `rate=N` in its text is how many a second
 * (0: all at once, without a moment). Each paced token is a write of its own.
 */
import { createServer, type Socket } from 'node:net'
import { nowMicros, type Prebuilt, prebuildEnd, prebuildToken, stampInto } from './tokens.ts'

const head = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n',
)
const models = '{"object":"list","data":[{"id":"stub","object":"model"}]}'
const small = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${models.length}\r\n\r\n${models}`,
)
const built: Prebuilt[] = []
const ends = new Map<number, Buffer>()
const whole = new Map<number, Buffer>()

interface Running {
  socket: Socket
  left: number
  next: number
  everyMicros: number
  dueAt: number
  tokens: number
}
const running = new Set<Running>()
let aborted = 0

const tokenAt = (index: number) => (built[index] ??= prebuildToken(index))
function endOf(tokens: number): Buffer {
  const known = ends.get(tokens) ?? prebuildEnd(tokens)
  ends.set(tokens, known)
  return known
}
function wholeOf(tokens: number): Buffer {
  const known =
    whole.get(tokens) ??
    Buffer.concat([head, ...Array.from({ length: tokens }, (_, at) => tokenAt(at).bytes), endOf(tokens)])
  whole.set(tokens, known)
  return known
}

setInterval(() => {
  const now = nowMicros()
  for (const answer of running) write(answer, now)
}, 1)

/** The tokens that are due. */
function write(answer: Running, now: number): void {
  while (answer.left > 0 && answer.dueAt <= now) {
    const { bytes, stampAt } = tokenAt(answer.next)
    const stamped = Buffer.from(bytes)
    stampInto(stamped, stampAt, nowMicros())
    answer.socket.write(stamped)
    answer.next += 1
    answer.left -= 1
    answer.dueAt += answer.everyMicros
  }
  if (answer.left > 0) return
  answer.socket.write(endOf(answer.tokens))
  running.delete(answer)
}

const server = createServer({ noDelay: true }, (socket) => {
  let waiting = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    for (const answer of running) {
      if (answer.socket !== socket) continue
      running.delete(answer)
      aborted += 1
    }
  })
  socket.on('data', (data) => {
    waiting = waiting.length === 0 ? data : Buffer.concat([waiting, data])
    const headEnd = waiting.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const headers = waiting.subarray(0, headEnd).toString('latin1')
    const length = Number(/content-length: *(\d+)/i.exec(headers)?.[1] ?? 0)
    if (waiting.length < headEnd + 4 + length) return
    const body = waiting.subarray(headEnd + 4, headEnd + 4 + length).toString()
    waiting = waiting.subarray(headEnd + 4 + length)
    if (headers.startsWith('GET ')) socket.write(small)
    else answer(socket, body)
  })
})

function answer(socket: Socket, body: string): void {
  const tokens = Number(/"max_tokens":\s*(\d+)/.exec(body)?.[1] ?? 100)
  const rate = Number(/rate=(\d+)/.exec(body)?.[1] ?? 0)
  if (rate === 0) {
    socket.write(wholeOf(tokens))
    return
  }
  for (let at = 0; at < tokens; at += 1) tokenAt(at)
  socket.write(head)
  const everyMicros = 1_000_000 / rate
  const begun = { socket, left: tokens, next: 0, everyMicros, dueAt: nowMicros(), tokens }
  running.add(begun)
  write(begun, begun.dueAt)
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ ready: { port: typeof address === 'object' ? address?.port : 0 } })
})
process.on('message', () => process.send?.({ running: running.size, aborted }))
process.on('disconnect', () => process.exit(0))

import t from 'tap'
import { createResponseReader, ResponseSyntaxError } from '../../src/providers/http/response-reader.ts'

/** Reads pieces; each is copied, because the reader changes what it is given. */
function read(pieces: readonly (string | Buffer)[], closes = false) {
  const seen = { status: 0, headers: {} as Record<string, string>, body: '', ends: 0, pieces: 0 }
  const reader = createResponseReader({
    head({ status, headers }) {
      seen.status = status
      seen.headers = Object.fromEntries(headers)
    },
    body(bytes) {
      seen.body += bytes.toString('latin1')
      seen.pieces += 1
    },
    end() {
      seen.ends += 1
    },
  })
  for (const piece of pieces) reader.push(Buffer.from(piece as string))
  const whole = closes ? reader.closed() : reader.done
  return { ...seen, whole }
}

const chunked =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: Chunked\r\n\r\n' +
  '5\r\nhello\r\n1;name="value"\r\n \r\nA\r\n0123456789\r\n000c\r\nworld\r\n\r\n123\r\n0\r\nX-Trailer: 1\r\nY: 2\r\n\r\n'
const text = 'hello 0123456789world\r\n\r\n1230'.slice(0, -1)

t.test('a chunked body is the same however the bytes are cut', async (t) => {
  const bytes = Buffer.from(chunked)
  for (let at = 0; at <= bytes.length; at += 1) {
    const { body, whole, ends, status } = read([bytes.subarray(0, at), bytes.subarray(at)])
    if (body !== text || !whole || ends !== 1 || status !== 200) t.fail(`cut at ${at}: ${body}`)
  }
  const { body, whole, ends } = read([...chunked])
  t.same({ body, whole, ends }, { body: text, whole: true, ends: 1 }, 'byte by byte')
})

t.test('many small chunks of one read are one piece', async (t) => {
  t.equal(read([chunked]).pieces, 1)
})

t.test('bodies by length, until the close, and none', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\n'
  t.match(read([`${head}content-length: 5\r\n\r\nhel`, 'loXX']), { body: 'hello', whole: true, ends: 1 })
  t.match(read([`${head}content-length: 0\r\n\r\n`]), { body: '', whole: true, ends: 1 })
  t.match(read([`${head}\r\nhel`, 'lo'], true), { body: 'hello', whole: true, ends: 1 })
  t.match(read(['HTTP/1.1 204 No Content\r\n\r\n']), { status: 204, whole: true, ends: 1 })
  t.match(read(['HTTP/1.0 200\r\ncontent-length: 2\r\n\r\nab']), { body: 'ab', whole: true })
})

t.test('what is closed in the middle is not whole', async (t) => {
  for (let at = 0; at < chunked.length; at += 1) {
    if (read([chunked.slice(0, at)], true).whole) t.fail(`closed at ${at}`)
  }
  t.equal(read(['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell'], true).whole, false)
})

t.test(
  'interim responses are passed over, names are in lower case, repeated headers are joined',
  async (t) => {
    const response =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:2 \r\n\r\nbody'
    for (let at = 0; at <= response.length; at += 1) {
      const seen = read([response.slice(0, at), response.slice(at)], true)
      if (seen.status !== 200 || seen.headers['x-a'] !== '1, 2' || seen.body !== 'body')
        t.fail(`cut at ${at}`)
    }
  },
)

t.test('what is no response, or breaks its framing, is refused', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\n'
  const coded = `${head}transfer-encoding: chunked\r\n\r\n`
  const wrong = {
    'another protocol': 'SSH-2.0-OpenSSH_9.2\r\n',
    'another version': 'HTTP/2 200\r\n\r\n',
    'an upgrade': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'no status': 'HTTP/1.1 OK\r\n\r\n',
    'a header without a name': `${head}: x\r\n\r\n`,
    'a folded header': `${head}a: b\r\n c\r\n\r\n`,
    'a line end inside a header': `${head}a: b\nc: d\r\n\r\n`,
    'a head without an end': `${head}a: ${'x'.repeat(20_000)}`,
    'two lengths': `${head}content-length: 1\r\ncontent-length: 2\r\n\r\n`,
    'a negative length': `${head}content-length: -1\r\n\r\n`,
    'a length beside chunks': `${head}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
    'another coding': `${head}transfer-encoding: gzip, chunked\r\n\r\n`,
    'a chunk without a size': `${coded}\r\nx`,
    'a size that is none': `${coded}5x\r\nhello\r\n`,
    'a negative size': `${coded}-5\r\nhello\r\n`,
    'an enormous size': `${coded}fffffffff\r\n`,
    'a chunk longer than it says': `${coded}2\r\nhello\r\n`,
    'an endless chunk line': `${coded}5;${'x'.repeat(2000)}`,
    'an endless trailer': `${coded}0\r\n${'x'.repeat(20_000)}`,
  }
  for (const [name, bytes] of Object.entries(wrong)) {
    t.throws(() => read([bytes]), ResponseSyntaxError, name)
    t.throws(() => read([...bytes]), ResponseSyntaxError, `${name}, byte by byte`)
  }
})

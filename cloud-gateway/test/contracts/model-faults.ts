/** Every way in which a model server can fail, and the one code that each driver makes of it. */

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import type { AskError } from '../../src/errors.ts'
import type { Engine } from '../support/engines.ts'
import { failure, modelServer, type Reply } from '../support/model-server.ts'
import { askModel, modelRequest, recordingSink } from '../support/model-sink.ts'
import { never } from '../support/questions.ts'
import { until } from '../support/until.ts'

/** Stands in every error's body: words of a prompt, which must not get into a message. */
const secret = '机密'

const tick = (ms = 2) => new Promise((resolve) => setTimeout(resolve, ms))

export async function modelFaults(t: Test, engine: Engine): Promise<void> {
  const { opening, token, closing, contentType } = engine
  const whole = opening + token('下降') + token('13.5%') + closing
  const streamsIt = engine.failure('') !== null

  const sends =
    (...pieces: (string | Uint8Array)[]): Reply =>
    async (response) => {
      response.writeHead(200, { 'content-type': contentType })
      for (const piece of pieces) {
        response.write(piece)
        await tick()
      }
      response.end()
    }

  async function fails(t: Test, name: string, reply: Reply, code: string) {
    const server = await modelServer(reply)
    try {
      const error = await askModel(engine.provider(server.root)).then(
        () => t.fail(`${name}: was taken for an answer`) as never,
        (error: AskError) => error,
      )
      t.equal(error.code, code, name)
      t.notMatch(error.message, new RegExp(secret), `${name}: the server's words are not passed on`)
      t.equal(server.requests.length, 1, `${name}: asked once`)
    } finally {
      await server[Symbol.asyncDispose]()
    }
  }

  await t.test('refusals, by status', async (t) => {
    const cases: [number, string][] = [
      [307, 'model-bad-response'],
      [400, 'model-refused'],
      [401, 'model-auth'],
      [402, 'model-balance'],
      [403, 'model-auth'],
      [404, 'model-missing'],
      [413, 'model-prompt-too-long'],
      [422, 'model-refused'],
      [429, 'model-overloaded'],
      [500, 'model-error'],
      [502, 'model-error'],
      [503, 'model-overloaded'],
    ]
    for (const [status, code] of cases) {
      const body = { error: { message: secret }, detail: secret }
      await fails(t, `${status}`, failure(status, body, { location: 'http://127.0.0.1:1/' }), code)
      await fails(t, `${status} with a page`, failure(status, `<p>${secret}</p>`), code)
    }
    await fails(t, '500 without a body', failure(500, ''), 'model-error')
    await fails(
      t,
      '500 with an endless body',
      async (response) => {
        response.writeHead(500, { 'content-type': 'application/json' })
        while (!response.destroyed) {
          response.write(secret.repeat(10_000))
          await tick()
        }
      },
      'model-error',
    )
  })

  await t.test('a server that asks for patience says for how long', async (t) => {
    for (const [value, most] of [
      ['7', 7000],
      [new Date(Date.now() + 60_000).toUTCString(), 60_000],
      ['soon', null],
      ['99999999', 86_400_000],
    ] as const) {
      const server = await modelServer(failure(429, {}, { 'retry-after': value }))
      const error: AskError = await askModel(engine.provider(server.root)).catch((error) => error)
      const { retryAfterMs } = error
      if (most === null) t.equal(retryAfterMs, null)
      else t.ok(retryAfterMs !== null && retryAfterMs <= most && retryAfterMs > most - 5000, `${value}`)
      await server[Symbol.asyncDispose]()
    }
  })

  await t.test('answers that are none', async (t) => {
    const bytes = Buffer.from(whole)
    const at = bytes.indexOf('下')
    await fails(
      t,
      'another type',
      (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(whole),
      'model-bad-response',
    )
    await fails(t, 'no type', (response) => void response.writeHead(200).end(whole), 'model-bad-response')
    await fails(
      t,
      'compressed, though nobody asked for it',
      (response) =>
        void response
          .writeHead(200, { 'content-type': contentType, 'content-encoding': 'gzip' })
          .end(gzipSync(whole)),
      'model-bad-response',
    )
    const invalid = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at)])
    await fails(t, 'invalid UTF-8', sends(invalid), 'model-bad-response')
    const halved = Buffer.concat([bytes.subarray(0, at + 2), bytes.subarray(at + 3)])
    await fails(
      t,
      'half a character',
      sends(halved.subarray(0, at + 1), halved.subarray(at + 1)),
      'model-bad-response',
    )
    await fails(t, 'an empty answer', sends(), streamsIt ? 'incomplete' : 'model-bad-response')
    await fails(
      t,
      'a line without end',
      async (response) => {
        response.writeHead(200, { 'content-type': contentType })
        response.write(opening)
        while (!response.destroyed) {
          response.write('x'.repeat(100_000))
          await tick()
        }
      },
      'model-bad-response',
    )
  })

  await t.test('answers that break off', async (t) => {
    const cut = whole.slice(0, whole.length - closing.length)
    const half = whole.slice(0, whole.length - closing.length + 4)
    const code = streamsIt ? 'incomplete' : 'model-bad-response'
    await fails(t, 'closed before it was done', sends(cut), code)
    await fails(t, 'closed in the middle of a line', sends(half), code)
    await fails(
      t,
      'connection torn down',
      async (response) => {
        response.writeHead(200, { 'content-type': contentType })
        response.write(cut)
        await tick(20)
        response.socket?.resetAndDestroy()
      },
      'incomplete',
    )
    await fails(
      t,
      'fewer bytes than were announced',
      async (response) => {
        response.writeHead(200, { 'content-type': contentType, 'content-length': cut.length + 1000 })
        response.write(cut)
        await tick(20)
        response.socket?.destroy()
      },
      'incomplete',
    )
    const failing = engine.failure(secret)
    if (failing !== null) {
      const ten = Array.from({ length: 10 }, () => token('字'))
      await fails(t, 'an error after ten tokens', sends(opening, ...ten, failing), 'model-error')
    }
  })

  await t.test('what is no HTTP', async (t) => {
    const raw = async (name: string, talk: (socket: Socket) => void, code: string) => {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => talk(socket))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await t.rejects(askModel(engine.provider(root)), { code }, name)
      server.close()
    }
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\n`
    await raw('garbage', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'model-bad-response')
    await raw('nothing', (socket) => socket.destroy(), 'model-unreachable')
    await raw('a reset', (socket) => socket.resetAndDestroy(), 'model-unreachable')
    await raw(
      'an upgrade nobody asked for',
      (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      'model-bad-response',
    )
    await raw(
      'headers without end',
      (socket) => {
        socket.write(head)
        socket.end(`x-filler: ${'x'.repeat(40_000)}\r\n\r\n`)
      },
      'model-bad-response',
    )
    await raw(
      'chunks that are none',
      (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\nnothing\r\n`),
      'incomplete',
    )
    await t.rejects(askModel(engine.provider('http://127.0.0.1:1')), { code: 'model-unreachable' }, 'nobody')
  })

  await t.test('what is unusual and no fault', async (t) => {
    const bytes = Buffer.from(whole)
    const unusual: [string, Reply][] = [
      [
        'trailers',
        (response) => {
          response.writeHead(200, { 'content-type': contentType, trailer: 'x-sum' })
          response.write(whole)
          response.addTrailers({ 'x-sum': '1' })
          response.end()
        },
      ],
      [
        'a length',
        (response) =>
          void response
            .writeHead(200, { 'content-type': contentType, 'content-length': bytes.length })
            .end(bytes),
      ],
      [
        'byte by byte',
        async (response) => {
          response.writeHead(200, { 'content-type': contentType })
          for (const byte of bytes) response.write(Buffer.of(byte))
          response.end()
        },
      ],
      [
        'a byte order mark',
        (response) =>
          void response
            .writeHead(200, { 'content-type': contentType })
            .end(streamsIt ? `\ufeff${whole}` : whole),
      ],
      [
        'the answer before the question was read',
        (response) =>
          void response.writeHead(200, { 'content-type': `${contentType}; charset=utf-8` }).end(whole),
      ],
    ]
    for (const [name, reply] of unusual) {
      const server = await modelServer(reply)
      t.match(await askModel(engine.provider(server.root)), { answer: '下降13.5%', finish: 'stop' }, name)
      await server[Symbol.asyncDispose]()
    }
  })

  await t.test('a server that hangs is left at once, at whatever moment', async (t) => {
    const moments: [string, Reply][] = [
      ['before the headers', () => {}],
      [
        'after the headers',
        (response) => void response.writeHead(200, { 'content-type': contentType }).flushHeaders(),
      ],
      [
        'in the middle',
        (response) => {
          response.writeHead(200, { 'content-type': contentType })
          response.write(opening + token('下'))
        },
      ],
      [
        'in the body of an error',
        (response) => {
          response.writeHead(500, { 'content-type': 'application/json' })
          response.write('{"error":')
        },
      ],
    ]
    for (const [name, reply] of moments) {
      const server = await modelServer(reply)
      const stop = new AbortController()
      const out = recordingSink()
      const writing = engine.provider(server.root).write(modelRequest(), out, stop.signal)
      writing.catch(() => {})
      await until(() => server.requests.length === 1)
      await tick(30)
      const before = performance.now()
      stop.abort(new Error('enough'))
      await t.rejects(writing, { message: 'enough' }, name)
      t.ok(performance.now() - before < 500, `${name}: at once`)
      await until(() => server.abandoned === 1)
      t.equal(out.released, out.handedOver, name)
      await server[Symbol.asyncDispose]()
    }
  })

  await t.test('a server that never takes the connection is left at once', async (t) => {
    // Nobody answers there: RFC 5737, a net for documents.
    const stop = new AbortController()
    const writing = engine.provider('http://192.0.2.1:81').write(modelRequest(), recordingSink(), stop.signal)
    writing.catch(() => {})
    await tick(20)
    stop.abort(new Error('enough'))
    // Where there is no way there, the kernel says so first.
    await writing.then(
      () => t.fail('connected'),
      (error) => t.ok(error.message === 'enough' || error.code === 'model-unreachable'),
    )
  })

  await t.test('a check tells what is the matter', async (t) => {
    await t.rejects(engine.provider('http://127.0.0.1:1').check(never), { code: 'model-unreachable' })
  })
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createHttpExchange } from '../../src/carriers/http.ts'
import { exchangeContract } from '../contracts/exchange.ts'

t.test('HTTP is an exchange', async (t) => {
  exchangeContract(t, async (t, answer) => {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      try {
        const method = request.method as 'GET' | 'POST'
        const { status, type, body, immutable } = await answer({
          method,
          path: request.url!,
          body: Buffer.concat(chunks),
        })
        const keep = immutable ? { 'cache-control': 'public, max-age=31536000, immutable' } : {}
        response.writeHead(status, { 'content-type': type, ...keep }).end(body)
      } catch {
        response.writeHead(500).end('wrong')
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const cut = () => {
      server.close()
      server.closeAllConnections()
    }
    t.teardown(cut)
    const { port } = server.address() as AddressInfo
    return { exchange: createHttpExchange(`http://127.0.0.1:${port}/`), cut }
  })
})

t.test('a redirect is an answer and not followed', async (t) => {
  const server = createServer((_request, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const exchange = createHttpExchange(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.equal((await exchange.request({ method: 'GET', path: '/' }, { maxBytes: 10 })).status, 302)
})

t.test('a peer that answers too slowly is unreachable', async (t) => {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await t.rejects(
    createHttpExchange(url, { timeoutMs: 50 }).request({ method: 'GET', path: '/' }, { maxBytes: 10 }),
    { name: 'Unreachable', message: /too long/ },
  )
})

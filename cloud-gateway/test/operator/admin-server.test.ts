import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { LogFields } from '../../src/log.ts'
import { openAdminServer } from '../../src/operator/admin-server.ts'
import type { AdminSettings } from '../../src/operator/admin-server-settings.ts'
import { createStatusReports } from '../../src/operator/status-report.ts'
import { report } from '../support/status.ts'

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-admin-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function open(t: Test, changes: Partial<AdminSettings> = {}) {
  const log: { event: string; fields: LogFields }[] = []
  const admin = await openAdminServer({
    tcp: { host: '127.0.0.1', port: 0, names: ['status.example.cn'] },
    socket: null,
    report: async () => report(),
    models: async () => report().targets,
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' },
    drain: async () => {},
    log: (event, fields = {}) => log.push({ event, fields }),
    ...changes,
  })
  t.teardown(() => admin.close())
  return { admin, log, url: `http://127.0.0.1:${admin.port}` }
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One request with headers that fetch would not send. */
function ask(options: {
  port?: number | null
  socketPath?: string
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string
}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port, body, ...rest } = options
    const request = httpRequest(
      { ...rest, ...(port ? { host: '127.0.0.1', port } : {}), agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: text }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

t.test('figures, health and page are there to be read', async (t) => {
  const { admin, url, log } = await open(t)
  const { port } = admin
  t.match(log, [{ event: 'admin-listening', fields: { host: '127.0.0.1', port: Number } }])
  t.match(await ask({ port, path: '/metrics' }), {
    status: 200,
    body: 'up 1\n',
    headers: { 'content-type': /0\.0\.4/ },
  })
  t.same(await (await fetch(`${url}/status.json`)).json(), report())
  t.match(await ask({ port, path: '/healthz' }), { status: 200, body: /"ok"/ })
  t.match(await ask({ port, path: '/readyz' }), { status: 200, body: /"ok"/ })
  t.match(await ask({ port, path: '/' }), {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
  t.match(await ask({ port, path: '/models' }), { status: 404 }, 'what the command asks is not served here')
  t.match(await ask({ port, path: '/drain' }), { status: 404 })
  t.match(await ask({ port, path: '//evil.example/' }), { status: 404 })
})

t.test('a gateway that is going down is alive and not ready', async (t) => {
  const { state } = report()
  const { admin } = await open(t, { report: async () => report({ state: { ...state, status: 'draining' } }) })
  t.match(await ask({ port: admin.port, path: '/healthz' }), { status: 200, body: /draining/ })
  t.match(await ask({ port: admin.port, path: '/readyz' }), { status: 503 })
})

t.test('nothing can be done there', async (t) => {
  let drained = 0
  const { admin } = await open(t, {
    async drain() {
      drained += 1
    },
  })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    for (const path of ['/', '/drain', '/metrics']) {
      const answer = await ask({
        port: admin.port,
        path,
        method,
        headers: { 'content-length': '1' },
        body: 'x',
      })
      t.match(
        answer,
        { status: 405, headers: { allow: 'GET, HEAD', connection: 'close' } },
        `${method} ${path}`,
      )
    }
  }
  t.equal(drained, 0)
  t.match(await ask({ port: admin.port, method: 'HEAD' }), { status: 200, body: '' })
})

t.test('a site that has its own name point here reads nothing', async (t) => {
  const { admin } = await open(t)
  const { port } = admin
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ]) {
    for (const path of ['/', '/metrics', '/status.json', '/healthz']) {
      const answer = await ask({ port, path, headers: { host } })
      t.equal(answer.status, 421, `${host} ${path}`)
      t.notMatch(answer.body, /Qwen|up 1/)
    }
  }
  for (const host of [
    `127.0.0.1:${port}`,
    'localhost',
    `[::1]:${port}`,
    '192.168.1.5:9',
    'Status.Example.CN',
  ]) {
    t.equal((await ask({ port, headers: { host } })).status, 200, host)
  }
})

t.test("nobody else's page may read, frame or guess", async (t) => {
  const { admin } = await open(t)
  for (const path of ['/', '/metrics', '/status.json', '/nothing']) {
    const { headers } = await ask({ port: admin.port, path, headers: { origin: 'https://evil.example' } })
    t.equal(headers['access-control-allow-origin'], undefined)
    t.match(headers, {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'content-security-policy': /^default-src 'none'/,
    })
    t.notMatch(headers['content-security-policy'], /unsafe|\*/)
  }
})

t.test('what is not HTTP, too large or too slow is sent away', async (t) => {
  const { admin } = await open(t)
  t.match(await ask({ port: admin.port, headers: { 'x-large': 'x'.repeat(10_000) } }), { status: 431 })
  const raw = async (sent: string) => {
    const socket = connect(admin.port!, '127.0.0.1')
    socket.end(sent)
    let text = ''
    for await (const chunk of socket) text += chunk
    return text
  }
  t.match(await raw('not http\r\n\r\n'), /^HTTP\/1\.1 400/)
  t.match(await raw('GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 421/, 'nor is a request that names nobody')
})

t.test('no door at all where the operator wants none', async (t) => {
  const { admin } = await open(t, { tcp: null })
  t.equal(admin.port, null)
})

t.test('without metrics there is still a page', async (t) => {
  const { admin } = await open(t, { metrics: null })
  t.match(await ask({ port: admin.port, path: '/metrics' }), { status: 404 })
  t.match(await ask({ port: admin.port, path: '/' }), { status: 200 })
})

t.test('a failure inside is a 500 that says nothing', async (t) => {
  const { admin } = await open(t, {
    report: async () => {
      throw new Error('secret-from-inside')
    },
  })
  const answer = await ask({ port: admin.port, path: '/status.json' })
  t.equal(answer.status, 500)
  t.notMatch(answer.body, /secret/)
})

t.test(
  'a port that is taken is said in a sentence with its remedy, and no socket is left behind',
  async (t) => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    t.teardown(() => other.close())
    const { port } = other.address() as AddressInfo
    const socket = join(folderOf(t), 'admin.sock')
    const opening = open(t, { tcp: { host: '127.0.0.1', port, names: [] }, socket })
    await t.rejects(opening, {
      name: 'AdminServerError',
      message: new RegExp(`127\\.0\\.0\\.1:${port}.*second gateway.*TANBOX_GATEWAY_ADMIN_PORT.*off`),
    })
    t.equal(statSync(socket, { throwIfNoEntry: false }), undefined)
    await t.rejects(open(t, { tcp: { host: '192.0.2.1', port: 0, names: [] } }), {
      message: /192\.0\.2\.1.*EADDRNOTAVAIL/,
    })
  },
)

t.test("the command's socket: models, state and drain, for its owner alone", async (t) => {
  let drained = 0
  const socketPath = join(folderOf(t), 'admin.sock')
  const { admin, log } = await open(t, {
    tcp: null,
    socket: socketPath,
    async drain() {
      drained += 1
      throw new TypeError('secret-from-inside')
    },
  })
  t.equal(statSync(socketPath).mode & 0o777, 0o600)
  t.same(JSON.parse((await ask({ socketPath, path: '/models' })).body), { targets: report().targets })
  t.same(JSON.parse((await ask({ socketPath, path: '/state' })).body), report())
  t.equal((await ask({ socketPath, path: '/drain' })).status, 404, 'reading does nothing')
  t.match(await ask({ socketPath, path: '/drain', method: 'POST' }), { status: 202, body: /draining/ })
  t.equal(drained, 1)
  t.match(log, [{ event: 'drain-asked' }, { event: 'drain-failed', fields: { cause: 'TypeError' } }])
  await admin.close()
  t.equal(statSync(socketPath, { throwIfNoEntry: false }), undefined)
})

t.test('the rights of other files are as before', async (t) => {
  const before = process.umask()
  await open(t, { tcp: null, socket: join(folderOf(t), 'admin.sock') })
  t.equal(process.umask(), before)
})

t.test('a socket that a killed gateway left is replaced; a living one is not, nor is a file', async (t) => {
  const folder = folderOf(t)
  const socket = join(folder, 'admin.sock')
  await open(t, { tcp: null, socket })
  await t.rejects(open(t, { tcp: null, socket }), { name: 'AdminServerError', message: /Another gateway/ })
  t.match(await ask({ socketPath: socket, path: '/models' }), { status: 200 }, 'the first one lives on')

  const left = join(folder, 'left.sock')
  const { spawnSync } = await import('node:child_process')
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  t.ok(statSync(left).isSocket())
  await open(t, { tcp: null, socket: left })
  t.match(await ask({ socketPath: left, path: '/models' }), { status: 200 })

  const file = join(folder, 'file.sock')
  writeFileSync(file, 'kept')
  await t.rejects(open(t, { tcp: null, socket: file }), { message: /in the way/ })
})

t.test('a folder whose path is too long for a socket does not keep the gateway from starting', async (t) => {
  const { log, admin } = await open(t, { socket: join(folderOf(t), `${'x'.repeat(120)}.sock`) })
  t.match(log[0], { event: 'admin-socket-impossible' })
  t.ok(admin.port)
})

t.test(
  'the report: usage of today over all boxes, and a gateway whose accounts are away still has a page',
  async (t) => {
    const { state, targets, recent } = report()
    const day = new Date().toISOString().slice(0, 10)
    let asked = 0
    let usage: () => Promise<never> = async () => {
      asked += 1
      const row = { day, cost: 0, energyMicroWattHours: 0 }
      return [
        {
          ...row,
          box: 'a',
          target: 'x',
          answers: 2,
          promptTokens: 100,
          completionTokens: 10,
          estimatedTokens: 7,
        },
        {
          ...row,
          box: 'b',
          target: 'y',
          answers: 1,
          promptTokens: 50,
          completionTokens: 5,
          estimatedTokens: 0,
        },
      ] as never
    }
    const sources = {
      ...{ name: 'n', version: '1', state: () => state, targets: () => targets, recent: () => recent },
      accounts: {
        usage(filter: object) {
          t.same(filter, { fromDay: day, toDay: day })
          return usage()
        },
      },
    }
    const reports = createStatusReports(sources)
    t.same((await reports()).today, {
      day,
      answers: 3,
      promptTokens: 150,
      completionTokens: 15,
      estimatedTokens: 7,
    })
    await reports()
    t.equal(asked, 1, 'the accounts are not asked again at once')
    t.match(await reports(), { name: 'n', state, memory: { rssBytes: Number } })
    usage = async () => {
      throw new Error('away')
    }
    t.equal((await createStatusReports(sources)()).today, null)
    t.match(await createStatusReports({ ...sources, state: () => null })(), { state: { connections: 0 } })
  },
)

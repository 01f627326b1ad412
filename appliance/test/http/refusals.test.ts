import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { formOf, openBox } from './box.ts'

t.test('what comes in wrong is refused with a code, two sentences and no stack', async (t) => {
  const box = await openBox(t)
  const { server, asOwner } = box
  const refused = async (request: InjectOptions, status: number, code: string): Promise<void> => {
    const response = await server.inject(request)
    t.equal(response.statusCode, status, `${request.method} ${request.url}: ${response.body.slice(0, 200)}`)
    t.match(response.json(), { error: { code, zh: /\p{Script=Han}/u, en: /[a-z]/ } }, code)
    t.notMatch(response.body, /\bat .*\.ts|node_modules/)
  }
  const json = { ...asOwner, 'content-type': 'application/json' }

  await refused({ method: 'GET', url: '/api/nothing' }, 404, 'unknown-route')
  await refused({ method: 'GET', url: '/nothing.php' }, 404, 'unknown-route')
  await refused({ method: 'PATCH', url: '/api/documents', headers: asOwner }, 404, 'unknown-route')
  await refused({ method: 'GET', url: '/api/state', headers: { host: 'evil.example' } }, 421, 'host-not-ours')
  await refused(
    { method: 'GET', url: '/api/state', headers: { host: 'localhost:1@evil.example' } },
    421,
    'host-not-ours',
  )
  await refused({ method: 'GET', url: '/api/documents' }, 403, 'not-claimed')
  await refused(
    { method: 'GET', url: '/api/documents', headers: { authorization: 'Bearer abcdefghijklmnopqrstuvwxyz' } },
    403,
    'not-claimed',
  )
  await refused(
    { method: 'POST', url: '/api/ask', headers: json, payload: '{"question":' },
    400,
    'bad-request',
  )
  await refused({ method: 'POST', url: '/api/ask', headers: json, payload: '{}' }, 400, 'bad-request')
  await refused(
    { method: 'POST', url: '/api/ask', headers: json, payload: '{"question":"a","more":1}' },
    400,
    'bad-request',
  )
  await refused(
    { method: 'POST', url: '/api/ask', headers: json, payload: { question: ' \n\t' } },
    400,
    'question-empty',
  )
  await refused(
    { method: 'POST', url: '/api/ask', headers: json, payload: { question: '碳'.repeat(100_000) } },
    400,
    'question-too-long',
  )
  await refused(
    { method: 'POST', url: '/api/search', headers: json, payload: { query: '' } },
    400,
    'question-empty',
  )
  await refused(
    { method: 'POST', url: '/api/search', headers: json, payload: { query: '碳'.repeat(100_000) } },
    400,
    'question-too-long',
  )
  await refused(
    {
      method: 'POST',
      url: '/api/search',
      headers: json,
      payload: { query: 'a', filters: { from: 'yesterday' } },
    },
    400,
    'bad-request',
  )
  await refused(
    { method: 'POST', url: '/api/ask', headers: json, payload: `{"question":"${'a'.repeat(2_000_000)}"}` },
    413,
    'too-large',
  )
  await refused({ method: 'GET', url: '/api/documents/none', headers: asOwner }, 404, 'not-found')
  await refused({ method: 'GET', url: '/api/documents/..%2f..%2fetc', headers: asOwner }, 400, 'bad-request')
  await refused({ method: 'DELETE', url: '/api/documents/none', headers: asOwner }, 404, 'not-found')
  await refused({ method: 'GET', url: '/api/documents/none/original', headers: asOwner }, 404, 'not-found')
  await refused({ method: 'GET', url: '/api/answers/none', headers: asOwner }, 404, 'not-found')
  await refused({ method: 'POST', url: '/api/answers/none/stop', headers: asOwner }, 404, 'not-found')
  await refused({ method: 'POST', url: '/api/documents', headers: json, payload: {} }, 400, 'bad-request')
  await refused(
    {
      method: 'POST',
      url: '/api/documents',
      headers: { ...asOwner, ...formOf({}).headers },
      payload: formOf({}).payload,
    },
    400,
    'bad-request',
  )
  await refused(
    {
      method: 'POST',
      url: '/api/ask',
      headers: { ...json, origin: 'http://evil.example' },
      payload: { question: 'a' },
    },
    403,
    'origin-not-ours',
  )
  await refused(
    {
      method: 'POST',
      url: '/api/ask',
      headers: { ...json, 'sec-fetch-site': 'cross-site' },
      payload: { question: 'a' },
    },
    403,
    'origin-not-ours',
  )
  await refused({ method: 'GET', url: '/api/ledger', headers: asOwner }, 503, 'ledger-off')
})

t.test(
  'a multipart body that is none, or ends in the middle of a file, is refused and leaves nothing',
  async (t) => {
    const box = await openBox(t)
    const part =
      '--b\r\nContent-Disposition: form-data; name="file"; filename="cut.txt"\r\n\r\nhalf of the bytes'
    const bodies = {
      'no boundary': ['multipart/form-data', part],
      'other bytes': ['multipart/form-data; boundary=b', 'z'.repeat(100_000)],
      'ends in its first file': ['multipart/form-data; boundary=b', part],
      'ends in a header': ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; na'],
      'ends after many bytes': ['multipart/form-data; boundary=b', part + 'x'.repeat(500_000)],
    } satisfies Record<string, [string, string]>
    for (const [what, [type, payload]] of Object.entries(bodies)) {
      const headers = { ...box.asOwner, 'content-type': type }
      const response = await box.server.inject({ method: 'POST', url: '/api/documents', headers, payload })
      t.equal(response.statusCode, 400, what)
      t.match(response.json(), { error: { code: 'bad-request' } }, what)
    }
    t.equal(box.context.intake.now().total, 0)
    t.same(readdirSync(join(box.data, 'blobs', 'tmp')), [])
  },
)

t.test('guessing the claim code or the password is slowed down', async (t) => {
  const { server } = await openBox(t)
  const claim = () =>
    server.inject({
      method: 'POST',
      url: '/api/claim',
      payload: { code: 'AAAA-AAAA-AAAA', password: 'long enough' },
    })
  const statuses: number[] = []
  for (let attempt = 0; attempt < 12; attempt++) statuses.push((await claim()).statusCode)
  t.same(statuses, [...Array(10).fill(403), 429, 429])
  t.match((await claim()).json(), { error: { code: 'too-many' } })
})

t.test('a file larger than allowed is refused whole, the others of the upload are taken', async (t) => {
  const box = await openBox(t, { TANBOX_MAX_FILE_BYTES: '1000' })
  const form = formOf({ 'large.txt': 'x'.repeat(5000), 'small.txt': '二月用电 1,250 千瓦时。' })
  const response = await box.server.inject({
    method: 'POST',
    url: '/api/documents',
    headers: { ...box.asOwner, ...form.headers },
    payload: form.payload,
  })
  t.equal(response.statusCode, 202)
  t.match(response.json().items, [
    { name: 'large.txt', state: 'failed', reason: { code: 'too-large' } },
    { name: 'small.txt', state: 'queued' },
  ])
  t.equal(box.context.intake.now().total, 1)
})

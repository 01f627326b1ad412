import { createHash } from 'node:crypto'
import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { AnswerEvent } from '../../src/model.ts'
import { formOf, openBox, settled } from './box.ts'

const note =
  '# 三号楼能耗报告\n\n2025 年三号楼用电 1,286,400 千瓦时，比上年下降 4.2%。\n\n空调改造由设备部在 6 月完成。\n'

t.test('from the claim to a citation that opens at the quoted words', async (t) => {
  const box = await openBox(t)
  const { server, owner } = box
  const claimed = await server.inject({
    method: 'POST',
    url: '/api/claim',
    payload: { code: owner.claimCode, password: '八个字以上的密码' },
  })
  t.equal(claimed.statusCode, 201)
  const cookie = claimed.cookies[0]
  t.match(cookie, { name: 'tanbox_session', httpOnly: true, sameSite: 'Strict', path: '/' })
  const headers = { cookie: `${cookie?.name}=${cookie?.value}` }
  t.match((await server.inject({ url: '/api/state', headers })).json(), { claimed: true, signedIn: true })

  const form = formOf({ '三号楼.md': note })
  const uploaded = await server.inject({
    method: 'POST',
    url: '/api/documents',
    headers: { ...headers, ...form.headers },
    payload: form.payload,
  })
  t.equal(uploaded.statusCode, 202)
  const { id } = uploaded.json().items[0]
  await settled(box)
  const row = (await server.inject({ url: `/api/documents/${id}`, headers })).json()
  t.match(row, { name: '三号楼.md', state: 'ready', type: 'md', title: '三号楼能耗报告', passages: 1 })
  t.match((await server.inject({ url: '/api/documents?q=三号', headers })).json(), { total: 1 })

  const asked = await server.inject({
    method: 'POST',
    url: '/api/ask',
    headers,
    payload: { question: '三号楼2025年用了多少电？' },
  })
  t.match(asked.headers['content-type'], 'text/event-stream')
  const events = asked.body
    .split('\n\n')
    .flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? [])
    .map((data) => JSON.parse(data) as AnswerEvent)
  const done = events.at(-1)
  if (done?.type !== 'done') return t.fail(`ended with ${done?.type}`)
  t.match(done.answer, { outcome: 'answered', via: 'box' })
  t.match(done.answer.text, '1,286,400')
  const citation = done.answer.citations[0]
  t.ok(citation)
  const span = citation?.spans[0]
  const unit = (await server.inject({ url: `/api/documents/${id}/units/${span?.unit}`, headers })).json()
  const opened = citation?.spans.map(({ start, end }) => unit.text.slice(start, end)).join('')
  t.equal(opened?.normalize('NFKC').replace(/\s/g, ''), citation?.quote.replace(/\s/g, ''))

  const again = (await server.inject({ url: `/api/answers/${done.answer.id}`, headers })).json()
  t.same(again, done.answer, 'the saved answer is the one that was shown')
  const conversations = (await server.inject({ url: '/api/conversations', headers })).json()
  t.match(conversations.items, [{ id: done.answer.conversation, answers: 1 }])

  t.equal((await server.inject({ method: 'DELETE', url: `/api/documents/${id}`, headers })).statusCode, 204)
  const search = { method: 'POST', url: '/api/search', headers, payload: { query: '三号楼用电' } } as const
  t.same((await server.inject(search)).json().hits, [], 'a deleted document is found no more')
  t.equal((await server.inject({ url: `/api/documents/${id}/units/0`, headers })).statusCode, 404)

  await server.inject({ method: 'DELETE', url: '/api/session', headers })
  t.equal((await server.inject({ url: '/api/documents', headers })).statusCode, 401)
})

t.test('the original comes back byte for byte, in ranges, and can never run as a page', async (t) => {
  const box = await openBox(t)
  const { server, asOwner } = box
  const page = '<!doctype html><title>页</title><p>正文 one two three</p><script>alert(1)</script>'
  const form = formOf({ "it's 一 (1).html": page })
  const headers = { ...asOwner, ...form.headers }
  const uploaded = await server.inject({
    method: 'POST',
    url: '/api/documents',
    headers,
    payload: form.payload,
  })
  const { id } = uploaded.json().items[0]
  await settled(box)
  const url = `/api/documents/${id}/original`

  const whole = await server.inject({ url, headers: asOwner })
  t.equal(whole.body, page)
  t.match(whole.headers, {
    'content-type': 'application/octet-stream',
    'content-disposition': /^attachment; filename\*=UTF-8''it%27s%20/,
    'content-security-policy': /sandbox/,
    'x-content-type-options': 'nosniff',
  })
  const range = async (value: string) => server.inject({ url, headers: { ...asOwner, range: value } })
  t.match(await range('bytes=2-8'), { statusCode: 206, body: 'doctype' })
  t.equal((await range('bytes=-9')).body, '</script>')
  t.equal((await range('bytes=9999-')).statusCode, 416)
  t.equal((await range('bytes=0-4,6-8')).statusCode, 200)
  const known = await server.inject({
    url,
    headers: { ...asOwner, 'if-none-match': String(whole.headers.etag) },
  })
  t.equal(known.statusCode, 304)
})

t.test('an original that was lost or cut short on the disk is called missing', async (t) => {
  const box = await openBox(t)
  const { server, asOwner } = box
  const form = formOf({ '三号楼.md': note })
  const headers = { ...asOwner, ...form.headers }
  const uploaded = await server.inject({
    method: 'POST',
    url: '/api/documents',
    headers,
    payload: form.payload,
  })
  await settled(box)
  const url = `/api/documents/${uploaded.json().items[0].id}/original`
  const sha256 = createHash('sha256').update(note).digest('hex')
  const path = join(box.data, 'blobs', sha256.slice(0, 2), sha256)
  const refused = { statusCode: 500, headers: { 'content-type': /json/ } }
  const missing = { error: { code: 'original-missing', en: /三号楼\.md/ } }
  for (const damage of [() => truncateSync(path, 10), () => rmSync(path)]) {
    damage()
    const reply = await server.inject({ url, headers: asOwner })
    t.match(reply, refused)
    t.match(reply.json(), missing)
  }
})

import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitTo } from '@tanbox/ledger-node/kinds'
import t, { type Test } from 'tap'
import { assertScope, scopeOf } from '../../src/access/scope.ts'
import { createSweeper } from '../../src/intake/sweeper.ts'
import type { Answer, Passage, Scope } from '../../src/model.ts'
import { createBlobs } from '../../src/store/blobs.ts'
import { createStore, type Store } from '../../src/store/store.ts'

const owner = scopeOf({ kind: 'owner', via: 'session' })
/** One that access/ would make for somebody else, once there is somebody else. */
const stranger = { principal: 'stranger', spaces: ['other'] } as unknown as Scope
const large = 1024 * 1024

const checkScope = (scope: Scope) => {
  if (scope !== stranger) assertScope(scope)
}

function open(test: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-store-'))
  const blobs = createBlobs(join(folder, 'blobs'))
  const store = createStore({ path: join(folder, 'tanbox.db'), blobs, commitTo, checkScope })
  test.teardown(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })
  return { store, blobs, folder }
}

async function* bytesOf(text: string) {
  yield Buffer.from(text)
}

/** Uploads a text and publishes one passage made of it. */
async function publish(store: Store, blobs: ReturnType<typeof createBlobs>, path: string, text: string) {
  using blob = await blobs.put(bytesOf(text), large)
  const modifiedAt = '2026-01-02T03:04:05.678Z'
  const { id } = store.register.uploaded({
    ...{ space: 'home', path, name: path, type: 'txt', modifiedAt },
    ...{ sha256: blob.sha256, bytes: blob.bytes },
  })
  const job = store.jobs.next(Date.now(), 100).find((each) => each.source === id)
  if (job === undefined) throw new Error('nothing was queued')
  const taken = { sha256: blob.sha256, bytes: blob.bytes, type: 'txt' as const, modifiedAt }
  store.results.took(job, taken)
  const key = { content: blob.sha256, type: 'txt' as const, contextTitle: path, pipeline: 'p1' }
  const existing = store.drafts.finished(key)
  const draft =
    existing ?? store.drafts.begin({ ...key, titleFound: false, pages: 1, warnings: ['one remark'] })
  if (existing === undefined) {
    store.drafts.addUnits(draft, 0, [{ unit: { kind: 'text', label: '', text }, blocks: '[]' }])
    store.drafts.addPassages(draft, [
      { passage: passageOf(text, path), vectors: [Float32Array.of(1, 0)], words: Buffer.from('w') },
    ])
  }
  store.results.publish(job, taken, draft)
  return id
}

function passageOf(text: string, title: string): Passage {
  return {
    ...{ id: 'a'.repeat(32), ordinal: 0, text, kind: 'text', title, headings: ['一、总则'], tokens: 3 },
    ...{ locator: { kind: 'section' }, runs: [[0, text.length, 0, 0, text.length]] },
  }
}

t.test('a published upload is listed, read and opened by its owner and by nobody else', async (t) => {
  const { store, blobs } = open(t)
  const id = await publish(store, blobs, 'a.txt', '碳排放\ud800核算')
  const row = store.sources.get(owner, id)
  t.match(row, {
    state: 'ready',
    name: 'a.txt',
    pages: 1,
    passages: 1,
    warnings: ['one remark'],
    reason: null,
  })
  t.equal(store.sources.list(owner, { text: 'A.TX' }).total, 1)
  t.equal(store.sources.list(owner, { text: '%' }).total, 0)
  t.match(store.units.get(owner, id, 0), { text: '碳排放\ufffd核算', blocks: [] })
  t.equal(store.passages.ofSource(owner, id)[0]?.headings[0], '一、总则')
  t.match(store.passages.load(owner, [99, 1]), [{ rowid: 1, source: { id, title: 'a.txt' } }])
  t.ok(existsSync(store.originals.get(owner, id)?.path ?? ''))

  t.equal(store.sources.get(stranger, id), null)
  t.equal(store.sources.list(stranger).total, 0)
  t.equal(store.sources.counts(stranger).passages, 0)
  t.same(store.units.list(stranger, id), [])
  t.equal(store.units.get(stranger, id, 0), null)
  t.same(store.passages.ofSource(stranger, id), [])
  const forged = { ...owner } as Scope
  t.throws(() => store.passages.load(forged, [1]), { code: 'not-signed-in' })
  t.throws(() => store.originals.get(forged, id), { code: 'not-signed-in' })
  t.same(store.passages.load(stranger, [1]), [])
  t.equal(store.passages.find(stranger, 'a'.repeat(32)), null)
  t.equal(store.originals.get(stranger, id), null)
})

t.test(
  'the same bytes at two paths are one content and two sources, and go with the last of them',
  async (t) => {
    const { store, blobs } = open(t)
    const one = await publish(store, blobs, 'a.txt', 'text')
    const { sha256 } = store.sources.get(owner, one) ?? { sha256: '' }
    const two = await publish(store, blobs, 'b.txt', 'text')
    t.equal(store.waste.contents().size, 1)
    store.register.remove([one])
    while (store.waste.sweepDocuments(100));
    t.same(store.waste.sweepContents(), [])
    t.equal(store.passages.ofSource(owner, two).length, 1)
    store.register.remove([two])
    t.same(store.passages.load(owner, [1, 2]), [], 'invisible before anything is swept')
    while (store.waste.sweepDocuments(100));
    t.same(store.waste.sweepContents(), [sha256])
  },
)

t.test('bytes that come again while they are being cleared away stay', async (t) => {
  const { store, blobs } = open(t)
  const ids = [await publish(store, blobs, 'a.txt', 'one'), await publish(store, blobs, 'b.txt', 'two')]
  store.register.remove(ids)
  let again: string[] = []
  const sweeper = createSweeper({
    ...{ waste: store.waste, delayMs: 0, onProblem: (cause) => t.fail(String(cause)) },
    blobs: {
      ...blobs,
      async remove(sha256) {
        await blobs.remove(sha256)
        // While the first blob has just gone, both files are uploaded anew.
        if (again.length === 0)
          again = [await publish(store, blobs, 'a.txt', 'one'), await publish(store, blobs, 'b.txt', 'two')]
      },
    },
  })
  sweeper.call()
  while (again.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  await sweeper.close()
  for (const id of again) t.ok(existsSync(store.originals.get(owner, id)?.path ?? ''))
})

t.test('uploading known bytes again is a no-op; other bytes replace them once they are read', async (t) => {
  const { store, blobs } = open(t)
  const id = await publish(store, blobs, 'a.txt', 'old')
  using old = await blobs.put(bytesOf('old'), large)
  const file = { space: 'home', path: 'a.txt', name: 'a.txt', type: 'txt', modifiedAt: '2026' } as const
  t.same(store.register.uploaded({ ...file, sha256: old.sha256, bytes: 3 }), {
    id,
    state: 'ready',
    queued: false,
  })
  using changed = await blobs.put(bytesOf('new'), large)
  t.same(store.register.uploaded({ ...file, sha256: changed.sha256, bytes: 3 }), {
    id,
    state: 'queued',
    queued: true,
  })
  t.equal(store.passages.ofSource(owner, id)[0]?.text, 'old', 'still searchable')
  t.same(store.waste.sweepContents(), [], 'both are kept')
})

t.test('every coming and going of bytes waits for the ledger with what it commits to', async (t) => {
  const { store, blobs } = open(t)
  const id = await publish(store, blobs, 'a.txt', 'text')
  store.register.remove([id])
  const rows = store.outbox.pending(10)
  t.same(
    rows.map((row) => [row.type, row.subject, JSON.parse(row.content ?? '').name]),
    [
      ['source-added', id, 'a.txt'],
      ['source-removed', id, 'a.txt'],
    ],
  )
  store.outbox.settle(rows[0]?.id ?? 0, 0, 'box.test/1/1')
  t.same(store.outbox.counts(), { pending: 1, settled: 1 })
  store.outbox.settle(rows[1]?.id ?? 0, 0, 'box.test/1/2')
  store.outbox.claim('box.test/1/9')
  t.same(
    ['box.test/1/1', 'box.test/1/2', 'box.test/1/9'].map((log) =>
      store.outbox.settled(log, 0, 10).map(({ type }) => type),
    ),
    [['source-added'], ['source-removed'], []],
    'numbers are those of one log',
  )
  t.equal(store.outbox.requeue('box.test/1/2', 1), 1, 'what has its number in another log waits again')
  t.equal(store.outbox.requeue('box.test/1/2', 1), 0)
  t.match(store.outbox.pending(2), [{ type: 'source-added', index: null, origin: null }])
  t.same(store.outbox.counts(), { pending: 1, settled: 1 })
})

t.test('an answer, its receipt and its ledger entry are saved together, once, for its asker', (t) => {
  const { store } = open(t)
  const answer = answerOf('一个问题？')
  store.conversations.save(owner, answer)
  store.conversations.save(owner, answer)
  t.same(store.conversations.answers(owner, answer.conversation), [answer])
  t.same(store.outbox.counts(), { pending: 1, settled: 0 })
  t.equal(store.conversations.answer(stranger, answer.id), null)
  t.same(store.conversations.list(stranger), [])
  t.equal(store.conversations.remove(stranger, answer.conversation), false)
  t.throws(() => store.conversations.save(stranger, { ...answer, id: randomUUID() }), { code: 'not-found' })
  t.equal(store.outbox.counts().pending, 1, 'what was not saved is not told')
  t.equal(store.conversations.remove(owner, answer.conversation), true)
  t.match(store.outbox.pending(1), [{ content: null, salt: null }], 'the commitment says nothing any more')
  t.end()
})

t.test('a database that is damaged or newer is refused in plain words', (t) => {
  const { store, blobs, folder } = open(t)
  store.settings.set('x', { y: 1 })
  t.same(store.settings.get('x'), { y: 1 })
  t.throws(() => createStore({ path: import.meta.filename, blobs, commitTo, checkScope }), {
    code: 'store-broken',
  })
  t.ok(folder)
  t.end()
})

function answerOf(question: string): Answer {
  return {
    ...{ id: randomUUID(), conversation: randomUUID(), question, searched: question, text: '答案' },
    ...{ citations: [], unsupported: [], dropped: 0, outcome: 'not-in-documents', via: 'box', model: 'm' },
    ...{ notice: null, passages: [], usage: null, createdAt: new Date().toISOString() },
    receipt: { sha256: null, bytes: 0, payload: '', redactions: [], sentAt: new Date().toISOString() },
    timings: { searchMs: 1, promptMs: 1, firstTokenMs: null, totalMs: 2 },
  }
}

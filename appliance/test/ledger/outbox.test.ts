import { setTimeout as pause } from 'node:timers/promises'
import { type Commitment, commit } from '@tanbox/ledger-node/entry'
import t from 'tap'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { createOutbox } from '../../src/ledger/outbox.ts'
import { createNoLedger } from '../../src/ledger/remote.ts'
import { ledgerNode } from './node.ts'

interface Row extends Commitment {
  id: number
  type: string
  index: number | null
  origin: string | null
}

/** The rows as the store keeps them. */
function rowsOf(count: number) {
  const rows: Row[] = []
  const add = () =>
    rows.push({
      id: rows.length + 1,
      type: 'answer',
      index: null,
      origin: null,
      ...commit({ n: rows.length }),
    })
  for (let made = 0; made < count; made += 1) add()
  return {
    rows,
    add,
    pending: (limit: number) => rows.filter(({ index }) => index === null).slice(0, limit),
    settle: (id: number, index: number, origin: string) => {
      Object.assign(rows[id - 1]!, { index, origin })
    },
    claim: (origin: string) => {
      for (const row of rows) if (row.index !== null) row.origin ??= origin
    },
    requeue: (origin: string, limit: number) => {
      const elsewhere = rows.filter((row) => row.index !== null && row.origin !== origin).slice(0, limit)
      for (const row of elsewhere) Object.assign(row, { index: null, origin: null })
      return elsewhere.length
    },
    counts: () => ({ pending: rows.filter(({ index }) => index === null).length }),
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 10_000) throw new Error(`waited in vain: ${what}`)
    await pause(10)
  }
}

t.test('everything that waits goes to the ledger in its order, and new rows at once', async (t) => {
  const { ledger } = await ledgerNode(t)
  const store = rowsOf(600)
  const outbox = createOutbox({ rows: store, ledger, notice: () => {} })
  t.teardown(() => outbox.close())
  await until(() => store.counts().pending === 0, 'the first rows')
  t.same(
    store.rows.map(({ index }) => index),
    store.rows.map((_, place) => place),
  )
  await until(() => outbox.state().state === 'reachable', 'its state')
  const { origin } = await ledger.head()
  t.ok(
    store.rows.every((row) => row.origin === origin),
    'each is told in which log it has its number',
  )
  store.add()
  outbox.wake()
  await until(() => store.rows[600]?.index === 600, 'the new row')
  t.match(outbox.state(), { state: 'reachable', pending: 0, size: 601 })
})

t.test('while the node is away rows wait and it is said once; when it is back they go', async (t) => {
  const node = await ledgerNode(t)
  await node.stop()
  const store = rowsOf(3)
  const notices: string[] = []
  const outbox = createOutbox({
    rows: store,
    ledger: node.ledger,
    notice: (sentence) => notices.push(sentence),
  })
  t.teardown(() => outbox.close())
  await pause(900)
  t.match(outbox.state(), { state: 'unreachable', pending: 3, size: null })
  t.match(notices, [/cannot be reached/])
  await node.start()
  await until(() => store.counts().pending === 0, 'the rows')
  t.match(notices, [/cannot be reached/, /reachable again/])
})

t.test('an entry whose acknowledgement was lost stands on the ledger once', async (t) => {
  const { ledger } = await ledgerNode(t)
  let lose = 2
  const deaf: Ledger = {
    ...ledger,
    async append(entries, signal) {
      const answer = await ledger.append(entries, signal)
      lose -= 1
      if (lose >= 0) throw new Error('the connection broke')
      return answer
    },
  }
  const store = rowsOf(5)
  const outbox = createOutbox({ rows: store, ledger: deaf, notice: () => {} })
  t.teardown(() => outbox.close())
  await until(() => store.counts().pending === 0, 'the rows')
  t.same(
    store.rows.map(({ index }) => index),
    [0, 1, 2, 3, 4],
  )
  t.equal((await ledger.head()).size, 5)
})

t.test('it closes at once, whatever it waits for', async (t) => {
  const never: Ledger = {
    ...createNoLedger(),
    head: async () => ({
      origin: 'box.test/1/1',
      size: 0,
      hash: '',
      published: 0,
      final: 0,
      witnessed: { k: 0, n: 0 },
      held: null,
      forks: [],
    }),
    append: (_entries, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  }
  const hanging = createOutbox({ rows: rowsOf(1), ledger: never, notice: () => {} })
  const backingOff = createOutbox({ rows: rowsOf(1), ledger: createNoLedger(), notice: () => {} })
  await pause(50)
  t.equal(backingOff.state().state, 'off')
  const since = Date.now()
  await Promise.all([hanging.close(), backingOff.close()])
  t.ok(Date.now() - since < 500)
})

t.test('rows of an earlier version are of the log that the node has now', async (t) => {
  const { ledger } = await ledgerNode(t)
  const store = rowsOf(2)
  Object.assign(store.rows[0]!, { index: 0 })
  const outbox = createOutbox({ rows: store, ledger, notice: () => {} })
  t.teardown(() => outbox.close())
  await until(() => store.rows[0]!.origin !== null, 'the claim')
  t.equal(store.rows[0]!.origin, (await ledger.head()).origin)
})

t.test('when another log begins, everything is on that one too, in its order and once', async (t) => {
  const node = await ledgerNode(t)
  const store = rowsOf(700)
  const notices: string[] = []
  const parts = {
    rows: store,
    ledger: node.ledger,
    notice: (sentence: string) => void notices.push(sentence),
  }
  const outbox = createOutbox(parts)
  await until(() => store.counts().pending === 0, 'the old log')
  const { origin: old } = await node.ledger.head()
  await node.succeed()
  store.add()
  outbox.wake()
  const { origin } = await node.ledger.head()
  t.not(origin, old)
  const isThere = () => store.rows.every((row) => row.origin === origin)
  await until(isThere, 'the new log')
  t.same(
    store.rows.map(({ index }) => index),
    store.rows.map((_, place) => place),
    'older ones before the one that was new',
  )
  t.match(notices, [/goes on as .*\/2; 700 entries are sent to it once more/])
  await outbox.close()
  const again = createOutbox(parts)
  t.teardown(() => again.close())
  await until(() => again.state().state === 'reachable', 'its state')
  t.ok(isThere())
  t.equal(notices.length, 1, 'and it is done once')
  t.equal((await node.ledger.head()).size, 701)
})

t.test(
  'what a log had acknowledged and lost by a restore is on the log that goes on in its place',
  async (t) => {
    const node = await ledgerNode(t)
    const store = rowsOf(3)
    const outbox = createOutbox({ rows: store, ledger: node.ledger, notice: () => {} })
    t.teardown(() => outbox.close())
    await until(() => store.counts().pending === 0, 'the first rows')
    await node.stop()
    node.backUp()
    await node.start()
    for (let made = 0; made < 4; made += 1) store.add()
    outbox.wake()
    await until(() => store.counts().pending === 0, 'the rows that will be lost')
    await node.published(7)
    await node.stop()
    node.restore()
    await node.start()
    t.match((await node.ledger.head()).held, /./, 'it signs nothing')
    await node.succeed()
    const { origin } = await node.ledger.head()
    outbox.wake()
    await until(() => store.rows.every((row) => row.origin === origin), 'all rows')
    const read = await node.ledger.entries(0, 100)
    t.same(
      read.map((bytes) => JSON.parse(bytes.toString()).commitment),
      store.rows.map(({ commitment }) => commitment),
    )
  },
)

t.test('numbers of which nobody knows the log are not taken for those of a later log', async (t) => {
  const node = await ledgerNode(t)
  await node.succeed()
  const store = rowsOf(2)
  Object.assign(store.rows[1]!, { index: 0 })
  const outbox = createOutbox({ rows: store, ledger: node.ledger, notice: () => {} })
  t.teardown(() => outbox.close())
  await until(() => store.counts().pending === 0, 'the rows')
  t.same(
    store.rows.map(({ index }) => index),
    [0, 1],
  )
})

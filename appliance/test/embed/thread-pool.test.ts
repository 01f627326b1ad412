import t, { type Test } from 'tap'
import type { ThreadSettings } from '../../src/embed/thread-messages.ts'
import { openThreadPool } from '../../src/embed/thread-pool.ts'

const unused: ThreadSettings = {
  file: '',
  tokenizer: { kind: 'json', json: '' },
  output: '',
  pooling: 'none',
  dimension: 1,
  maxTokens: 8,
}
const program = new URL('./fragile-thread.ts', import.meta.url)

const open = async (t: Test, waiting = 10) => {
  const pool = await openThreadPool(unused, { program, threads: 1, perThread: 1, waiting })
  t.teardown(() => pool.close())
  return pool
}

t.test('a thread that dies fails what it had and is started again', async (t) => {
  const pool = await open(t)
  const [dead, after] = await Promise.allSettled([
    pool.run({ kind: 'embed', text: 'die' }),
    pool.run({ kind: 'embed', text: 'fine' }),
  ])
  t.match(dead, { status: 'rejected', reason: { code: 'embedder-broken', cause: { message: 'dead' } } })
  t.match(after, { status: 'fulfilled' }, 'what waited is done by the next one')
})

t.test('more than may wait is refused', async (t) => {
  const pool = await open(t, 2)
  const all = await Promise.allSettled([1, 2, 3, 4].map(() => pool.run({ kind: 'embed', text: 'fine' })))
  t.same(
    all.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  )
  t.match(all[3], { reason: { code: 'too-many' } })
})

t.test('closing refuses what waits and what comes', async (t) => {
  const pool = await open(t)
  const [running, waiting] = ['hang', 'fine'].map((text) => pool.run({ kind: 'embed', text }))
  const refused = Promise.all([running, waiting].map((call) => t.rejects(call!, { code: 'shutting-down' })))
  await pool.close()
  await refused
  await t.rejects(pool.run({ kind: 'embed', text: 'fine' }), { code: 'shutting-down' })
})

t.test('a program that cannot start is reported at once', async (t) => {
  const program = new URL('./no-such-file.ts', import.meta.url)
  await t.rejects(openThreadPool(unused, { program, threads: 2, perThread: 1, waiting: 1 }), {
    code: 'embedder-broken',
  })
})

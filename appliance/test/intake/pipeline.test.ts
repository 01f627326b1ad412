import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openBox } from './box.ts'
import { plainParts, plainSteps } from './plain-steps.ts'

t.test(
  'another model is refused unless asked for, and then makes every vector anew, never mixing the two',
  async (t) => {
    const first = await openBox(t)
    for (const name of ['a.txt', 'b.txt', 'c.txt']) writeFileSync(join(first.drop, name), `text of ${name}`)
    await first.until(() => Object.values(first.rows()).filter((row) => row.state === 'ready').length === 3)
    await first.close()

    const other = { data: first.data, parts: plainParts('other model') }
    await t.rejects(openBox(t, other), { code: 'model-changed' })

    const slow = plainSteps({ embedMs: 150 })
    const second = await openBox(t, { ...other, remake: true, steps: slow, settings: { sideBySide: 1 } })
    t.same(second.texts('a.txt'), [], 'nothing of the old model is searchable')
    t.match(second.intake.now().remaking, { total: 3 })
    await second.until(() => second.intake.now().remaking?.done === 1)
    await second.close()

    const third = await openBox(t, other)
    t.match(third.intake.now().remaking, { total: 3 }, 'goes on after a stop, without being asked for again')
    await third.until(() => Object.values(third.rows()).filter((row) => row.state === 'ready').length === 3)
    t.equal(third.intake.now().remaking, null)
    t.same(third.texts('b.txt'), ['text of b.txt'])
    t.equal(third.store.outbox.counts().pending, 3, 'the files are the same: the ledger hears nothing')
  },
)

t.test('another chunker or extractor re-makes by itself, also what could not be read before', async (t) => {
  const plain = plainSteps()
  const first = await openBox(t, {
    steps: { fileTypeOf: (name, head) => (name.endsWith('.md') ? null : plain.fileTypeOf(name, head)) },
  })
  writeFileSync(join(first.drop, 'a.txt'), 'text')
  writeFileSync(join(first.drop, 'b.md'), 'text of a type that is not known yet')
  await first.until(
    () => first.rows()['a.txt']?.state === 'ready' && first.rows()['b.md']?.state === 'failed',
  )
  await first.close()

  const second = await openBox(t, {
    data: first.data,
    parts: { ...plainParts(), extractors: { txt: '2', md: '1' } },
  })
  t.same(second.texts('a.txt'), [], 'what the old one made is not searched')
  await second.until(
    () => second.rows()['a.txt']?.state === 'ready' && second.rows()['b.md']?.state === 'ready',
  )
  t.same(second.texts('b.md'), ['text of a type that is not known yet'])
})

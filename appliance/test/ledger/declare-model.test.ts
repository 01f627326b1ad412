import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitTo } from '@tanbox/ledger-node/kinds'
import t from 'tap'
import { assertScope } from '../../src/access/scope.ts'
import { declareModel } from '../../src/ledger/declare-model.ts'
import { createBlobs } from '../../src/store/blobs.ts'
import { createStore } from '../../src/store/store.ts'
import { plainParts } from '../intake/plain-steps.ts'

t.test('a model in use is told to the ledger once, and another one again', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-model-'))
  t.teardown(() => rmSync(data, { recursive: true, force: true }))
  const open = () =>
    createStore({
      path: join(data, 'tanbox.db'),
      blobs: createBlobs(join(data, 'blobs')),
      commitTo,
      checkScope: assertScope,
    })
  const { model } = plainParts()
  const sha256 = 'a'.repeat(64)
  const first = open()
  declareModel(first.outbox, { ...model, sha256 }, new Date())
  first.close()
  const again = open()
  t.teardown(() => again.close())
  declareModel(again.outbox, { ...model, sha256 }, new Date())
  declareModel(again.outbox, { ...model, sha256: 'b'.repeat(64) }, new Date())
  t.same(
    again.outbox.pending(10).map(({ type, subject }) => [type, subject]),
    [
      ['model', sha256],
      ['model', 'b'.repeat(64)],
    ],
  )
  t.match(JSON.parse(again.outbox.pending(1)[0]!.content!), { name: model.id, purpose: 'embedding', sha256 })
})

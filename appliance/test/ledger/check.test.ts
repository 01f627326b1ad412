import { readFileSync, writeFileSync } from 'node:fs'
import { commit } from '@tanbox/ledger-node/entry'
import t from 'tap'
import { checkLedger, type KeptRow } from '../../src/ledger/check.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { ledgerNode } from './node.ts'

/** Rows that are on the ledger, as the store keeps them. */
async function kept(ledger: Ledger, count: number) {
  const commitments = Array.from({ length: count }, (_, n) => commit({ n }))
  const { indexes, origin: log } = await ledger.append(
    commitments.map(({ commitment }) => ({ type: 'answer', commitment })),
  )
  const rows: KeptRow[] = commitments.map(({ canonical, salt, commitment }, n) => ({
    index: indexes[n]!,
    commitment,
    content: canonical,
    salt,
  }))
  const settled = (origin: string, from: number, limit: number) =>
    rows
      .filter(({ index }) => origin === log && index !== null && index >= from)
      .sort((a, b) => a.index! - b.index!)
      .slice(0, limit)
  return { rows, settled }
}

t.test('a sound ledger: the chain holds and every content opens its commitment', async (t) => {
  const { ledger } = await ledgerNode(t)
  const rows = await kept(ledger, 1500)
  rows.rows[7]!.content = null
  rows.rows[7]!.salt = null
  await ledger.append([{ type: 'vote', commitment: 'e'.repeat(64) }])
  const check = await checkLedger({ ledger, rows })
  t.match(check, {
    ok: true,
    entries: 1501,
    contents: { opened: 1499, erased: 1, foreign: 1 },
    problem: null,
  })
  t.equal(check.head, (await ledger.head()).hash)
})

t.test('a content that was changed in the store is found', async (t) => {
  const { ledger } = await ledgerNode(t)
  const rows = await kept(ledger, 20)
  rows.rows[11]!.content = '{"n":12}'
  t.match(await checkLedger({ ledger, rows }), { ok: false, problem: { seq: 11, what: /does not open/ } })
})

t.test('an entry that is not the one the box was given a number for is found', async (t) => {
  const { ledger } = await ledgerNode(t)
  const rows = await kept(ledger, 20)
  rows.rows[3]!.commitment = 'd'.repeat(64)
  t.match(await checkLedger({ ledger, rows }), { ok: false, problem: { seq: 3, what: /another commitment/ } })
})

t.test('an entry that the ledger acknowledged and lost is found', async (t) => {
  const { ledger } = await ledgerNode(t)
  const rows = await kept(ledger, 5)
  rows.rows.push({ index: 5, commitment: 'c'.repeat(64), content: null, salt: null })
  t.match(await checkLedger({ ledger, rows }), { ok: false, problem: { seq: 5, what: /lost an entry/ } })
})

t.test('a node that rewrites its log and says all is well is caught by the box', async (t) => {
  const { ledger, entries } = await ledgerNode(t)
  const rows = await kept(ledger, 10)
  const sound = await ledger.verify()
  const lying: Ledger = { ...ledger, verify: async () => sound }
  const bytes = readFileSync(entries)
  const at = bytes.indexOf('"seq":4,') + '"seq":4,"suite":"sha256-ed25519","time":"2'.length
  bytes[at] = bytes[at] === 0x31 ? 0x32 : 0x31
  writeFileSync(entries, bytes)
  t.match(await checkLedger({ ledger: lying, rows }), { ok: false, problem: { seq: 5, what: /prev/ } })
  t.match(await checkLedger({ ledger, rows }), { ok: false, node: { ok: false }, problem: { seq: 5 } })
})

t.test('a page shows the newest entries first and goes back', async (t) => {
  const { ledger } = await ledgerNode(t)
  t.match(await ledger.page({ limit: 5 }), { size: 0, items: [] })
  await kept(ledger, 12)
  const first = await ledger.page({ limit: 5 })
  t.same(
    first.items.map(({ seq }) => seq),
    [11, 10, 9, 8, 7],
  )
  t.equal(first.items[0]!.hash, first.head)
  t.same(
    (await ledger.page({ before: 2, limit: 5 })).items.map(({ seq }) => seq),
    [1, 0],
  )
  t.same(
    (await ledger.page({ before: 999, limit: 1 })).items.map(({ seq }) => seq),
    [11],
  )
})

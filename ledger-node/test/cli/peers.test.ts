import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import {
  cosignerKeyType,
  formatVerifierKey,
  logKeyType,
  makeSignerKey,
  verifierOf,
} from '../../src/note/key.ts'
import { startNode, type TestNode } from '../support/running.ts'
import { run } from './support.ts'

const cardOf = async (node: TestNode) =>
  JSON.stringify((await run(node.environment, ['peers', 'card', '--json'])).json())

// Every command is a process of its own, which on a busy machine takes seconds to start.
t.setTimeout(300_000)

t.test('a card is shown as text and QR, and added only by whoever confirms it', async (t) => {
  const [one, other] = [await startNode(t), await startNode(t)]
  const shown = await run(other.environment, ['peers', 'card'])
  t.match(shown.stdout, /▄/)
  const [, fingerprint = ''] = /Fingerprint: (\S+)/.exec(shown.stdout) ?? []
  const card = await cardOf(other)
  const add = (...args: string[]) => run(one.environment, ['peers', 'add', ...args])

  const unsure = await add(card)
  t.equal(unsure.status, 1, 'nobody at a terminal said yes')
  t.match(unsure.stdout, fingerprint)
  t.equal((await add(card, '--fingerprint', '0000-0000-0000-0000-0000')).status, 1)
  t.same((await run(one.environment, ['peers', '--json'])).json(), [])
  t.match(unsure.stderr, /no terminal to ask at.*--yes/)
  t.match((await add(card, '--json')).json(), { added: false, fingerprint })
  const file = join(mkdtempSync(join(tmpdir(), 'tanbox-card-')), 'card.txt')
  t.teardown(() => rmSync(dirname(file), { recursive: true, force: true }))
  writeFileSync(file, shown.stdout)
  t.match((await add(file)).stdout, fingerprint, 'what peers card printed is a card, with QR code and all')
  t.equal((await add('{}')).status, 2)
  t.equal((await add('/no/such/file')).status, 2)

  t.equal((await add(card, '--fingerprint', fingerprint.toUpperCase())).status, 0)
  t.equal((await add(await cardOf(one), '--yes')).status, 1, 'a box is no peer of its own')
  t.match((await run(one.environment, ['peers', 'list', '--json'])).json(), [{ fingerprint, paused: false }])
  const [peer] = (await run(one.environment, ['peers', '--json'])).json() as unknown as { id: string }[]
  t.equal((await run(one.environment, ['peers', 'pause', peer!.id])).status, 0)
  t.match((await run(one.environment, ['peers'])).stdout, /paused/)
  t.equal((await run(one.environment, ['peers', 'resume', 'the box of the test'])).status, 0)
  t.equal((await run(one.environment, ['peers', 'remove', peer!.id])).status, 0)
  t.match((await run(one.environment, ['peers'])).stdout, /No peers yet/)
})

t.test('boxes that know each other make entries final; one of them can only dial out', async (t) => {
  const one = await startNode(t)
  const other = await startNode(t)
  const { node } = one.running
  const reachable = { ...JSON.parse(await cardOf(one)), urls: [one.url] }
  t.equal((await run(other.environment, ['peers', 'add', '-', '--yes'], JSON.stringify(reachable))).status, 0)
  t.equal((await run(one.environment, ['peers', 'add', '-', '--yes'], await cardOf(other))).status, 0)
  await one.client.append([{ type: 'answer', commitment: 'ab'.repeat(32) }])
  await other.client.append([{ type: 'answer', commitment: 'cd'.repeat(32) }])
  for (const box of [one, other]) {
    const latest = Date.now() + 20_000
    while (box.running.node.stateOf(0).state !== 'final' && Date.now() < latest)
      await new Promise((resolve) => setTimeout(resolve, 50))
    t.match((await run(box.environment, ['prove', '0', '--state', '--json'])).json(), {
      state: 'final',
      k: 1,
      n: 1,
      note: /fewer than four other witnesses/,
    })
    t.equal((await run(box.environment, ['sync'])).status, 0)
    t.match((await run(box.environment, ['prove', '0'])).stdout, /(— .*\n){2}$/, 'log and witness')
    t.match((await run(box.environment, ['witness', '--json'])).json(), [{ cosigned: 1 }])
  }
  t.match((await run(one.environment, ['status', '--json'])).json(), { connected: [/./], final: 1 })
  t.match((await run(one.environment, ['peers'])).stdout, /Has cosigned the log of this box up to 1\n/)
  t.equal(node.peers.list()[0]!.mirrored, 1, 'the log of the box that can only dial out is copied')
  t.same([...one.errors, ...other.errors], [])
})

t.test('an administrator key is made, recorded and signs; a log goes on under a new id', async (t) => {
  const box = await startNode(t)
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-admin-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { environment, running, client } = box
  const file = join(folder, 'admin.key')
  const made = (await run(environment, ['admin-key', 'make', file, '--json'])).json() as { key: string }
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal((await run(environment, ['admin-key', 'make', file])).status, 1, 'nothing is overwritten')
  t.equal((await run(environment, ['admin-key', 'set', made.key])).status, 0)
  t.match((await run(environment, ['status', '--json'])).json(), { keys: { admin: made.key } })

  const first = running.node.log.origin
  await client.append([{ type: 'answer', commitment: 'ab'.repeat(32) }])
  t.match((await run(environment, ['successor'])).stdout, /Add --yes/)
  t.match((await run(environment, ['successor', '--yes', '--json'])).json(), {
    origin: first.replace(/1$/, '2'),
  })
  t.match((await run(environment, ['status', '--json'])).json(), { earlier: [first], size: 0 })

  await running.node.log.hold('a test says so')
  const refused = await run(environment, ['append', 'answer', '--commitment', 'cd'.repeat(32), '--json'])
  t.equal(refused.status, 1)
  t.match(refused.json(), { error: { code: 'held', message: /a test says so/ } })
  await t.rejects(client.append([{ type: 'answer', commitment: 'cd'.repeat(32) }]), {
    name: 'LedgerUnavailable',
    message: /a test says so/,
  })
  t.match(await client.head(), { held: /a test says so/ }, 'reads go on')
  const plan = (await run(environment, ['successor', '--reason', 'held for good', '--json'])).json()
  t.match(plan, { needed: 1, admins: [made.key], statement: /held for good/ })
  const shown = await run(environment, ['successor', '--reason', 'held for good'])
  t.equal(shown.stdout, plan.statement, 'standard output is what administrators sign')
  t.match(shown.stderr, /^The old log cannot be written to\. 1 of 1 administrators/)
  const statement = join(folder, 'statement')
  writeFileSync(statement, shown.stdout)
  const signed = await run({}, ['admin-key', 'sign', statement, '--with', file])
  t.equal(signed.status, 0, signed.stderr)
  writeFileSync(statement, signed.stdout)
  const begun = await run(environment, ['successor', '--statement', statement, '--yes', '--json'])
  t.match(begun.json(), { origin: first.replace(/1$/, '3') })
})

t.test('a box that is added by the card of its new log is named by its earlier one as well', async (t) => {
  const [one, other] = [await startNode(t), await startNode(t)]
  const earlier = JSON.parse(await cardOf(other))
  t.equal((await run(one.environment, ['peers', 'add', JSON.stringify(earlier), '--yes'])).stderr, '')
  const [{ id }] = (await run(one.environment, ['peers', '--json'])).json() as unknown as [{ id: string }]
  // As after a restore: the new log has been given a key of its own, and so has the witness.
  const key = (name: string, type: number) =>
    formatVerifierKey(verifierOf(makeSignerKey(name, type, Buffer.alloc(32, type))))
  const box = earlier.log.slice(0, earlier.log.indexOf('/1+'))
  const later = { ...earlier, log: key(`${box}/2`, logKeyType), cosigner: key(`${box}/w`, cosignerKeyType) }
  const added = await run(one.environment, ['peers', 'add', JSON.stringify(later), '--yes'])
  t.equal(added.status, 0, added.stderr)
  t.match(added.stderr, `peers remove ${id}`)
})

t.test('a held box without an administrator says how one comes to be', async (t) => {
  const box = await startNode(t)
  await box.client.append([{ type: 'answer', commitment: 'ab'.repeat(32) }])
  await box.running.node.log.hold('a test says so')
  const shown = await run(box.environment, ['successor', '--yes'])
  t.equal(shown.status, 1)
  t.match(shown.stderr, /^1 more administrator's keys are needed.*admin-key make FILE/)
  await t.rejects(box.running.node.successor(), { name: 'StatementError' }, 'nor does it go on without one')

  const [key, statement, signed] = ['admin.key', 'statement', 'signed'].map((name) => join(box.folder, name))
  const tell = async (...args: string[]) => {
    const ran = await run(box.environment, args)
    t.equal(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
    return ran
  }
  const made = (await tell('admin-key', 'make', key!, '--json')).json() as { key: string }
  await tell('admin-key', 'set', made.key)
  writeFileSync(statement!, (await tell('successor', '--reason', 'a test says so')).stdout)
  writeFileSync(signed!, (await tell('admin-key', 'sign', statement!, '--with', key!)).stdout)
  const other = (
    await run(box.environment, ['successor', '--statement', statement!, '--yes', '--json'])
  ).json()
  t.match(other, { error: { code: 'refused' } }, 'not by an unsigned one')
  t.match(
    (await tell('successor', '--statement', signed!, '--yes')).stdout,
    /^The log box\.test\/[0-9a-f]{16}\/2/,
  )
  t.match((await tell('append', 'answer', '--commitment', 'ab'.repeat(32))).stdout, /^Entry 0 is written/)
})

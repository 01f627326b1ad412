import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { widthOf } from '../../src/cli/text-width.ts'
import { formatForkProof, sameSizeProof } from '../../src/forks/fork-proof.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { formatVerifierKey, logKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import { startNode } from '../support/running.ts'
import { run } from './support.ts'

const scratch = (t: Test) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

// Every command is a process of its own, which on a busy machine takes seconds to start.
t.setTimeout(300_000)

t.test('help and version need nothing; a command line that is not understood is status 2', async (t) => {
  for (const language of ['en', 'zh']) {
    const { status, stdout } = await run({}, ['--help', '--lang', language])
    t.equal(status, 0)
    t.match(stdout, language === 'en' ? /Exit status/ : /退出码/)
    for (const name of 'init status append prove verify sync peers witness export fork-check'.split(' '))
      t.match(stdout, new RegExp(`^  ${name}\\b`, 'm'), name)
    for (const line of stdout.split('\n')) t.ok(widthOf(line) <= 80, line)
  }
  t.match((await run({}, ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  for (const args of [
    [],
    ['nothing'],
    ['append'],
    ['status', 'x'],
    ['status', '--key', 'x'],
    ['--lang', 'fr'],
    ['prove', 'x'],
  ]) {
    const { status, stderr } = await run({}, args)
    t.equal(status, 2, args.join(' '))
    t.not(stderr, '')
  }
})

t.test(
  'whoever asks in Chinese is answered in Chinese, and --json holds also what was not understood',
  async (t) => {
    const chinese = { LANG: 'zh_CN.UTF-8' }
    t.match((await run(chinese, ['nothing'])).stderr, /没有命令“nothing”\n用法/)
    t.match((await run(chinese, ['prove'])).stderr, /prove 还缺/)
    const refused = await run({}, ['nothing', '--json'])
    t.equal(refused.status, 2)
    t.match(refused.json(), { error: { code: 'usage', message: 'there is no command "nothing"' } })

    const node = await startNode(t)
    await node.client.append([{ type: 'answer', commitment: 'ef'.repeat(32) }])
    await run(node.environment, ['prove', '0'])
    const key = formatVerifierKey(node.running.node.log.key)
    for (const args of [
      ['status'],
      ['verify'],
      ['prove', '0', '--state'],
      ['verify', node.url, '--key', key],
    ]) {
      const { status, stdout } = await run({ ...node.environment, ...chinese }, args)
      t.equal(status, 0, args.join(' '))
      t.notMatch(stdout.replaceAll(key, ''), /[a-z]{3,} [a-z]/i, 'no English sentence is left')
    }
    t.match((await run({ ...node.environment, ...chinese }, ['prove', '7'])).stderr, /^没有/)
    const away = await run(chinese, ['verify', 'http://127.0.0.1:9', '--key', key])
    t.match(away.stderr, /没有应答：连接不上（.+）（no answer \(.+\)）\n$/)
    await node.running.node.log.hold('no witness has answered')
    const held = await run({ ...node.environment, ...chinese }, [
      'append',
      'a',
      '--commitment',
      'aa'.repeat(32),
    ])
    t.match(held.stderr, '暂停：不接受新条目：还没有见证应答（nothing is appended: no witness has answered）')
    const status = await run({ ...node.environment, ...chinese }, ['status'])
    t.match(status.stdout, '暂停: 还没有见证应答（no witness has answered）')
    const unkeyed = await run(chinese, ['verify', node.url, '--key', 'nonsense'])
    t.match(unkeyed.stderr, '--key：不是 <名称>+<编号>+<密钥>（not <name>')
  },
)

t.test('lines are as wide as the terminal, and what has to be copied stays whole', async (t) => {
  const node = await startNode(t)
  for (const LANG of ['C.UTF-8', 'zh_CN.UTF-8']) {
    const { stdout } = await run({ ...node.environment, LANG, COLUMNS: '60' }, ['status'])
    const key = formatVerifierKey(node.running.node.log.key)
    t.match(stdout, key)
    for (const line of stdout.split('\n')) if (!line.includes('+')) t.ok(widthOf(line) <= 60, line)
  }
  const narrow = await run({ ...node.environment, COLUMNS: '40' }, ['peers', 'card'])
  t.notMatch(narrow.stdout, /▄/, 'no camera reads a broken code')
  t.match(narrow.stdout, /needs a terminal of \d\d columns/)
})

t.test('what cannot be read or written is said by its path', async (t) => {
  const folder = scratch(t)
  const node = await startNode(t)
  const key = formatVerifierKey(node.running.node.log.key)
  const tokenless = await run({ ...node.environment, TANBOX_LEDGER_TOKEN: join(folder, 'no') }, ['status'])
  t.equal(tokenless.status, 1)
  t.match(tokenless.stderr, new RegExp(`token ${join(folder, 'no')} cannot be read`))
  t.match((await run({}, ['verify', '--page', folder])).stderr, `A folder, not a file: ${folder}`)
  t.match((await run({}, ['verify', '--page', '/no/such/page'])).stderr, 'No such path: /no/such/page')
  await node.client.append([{ type: 'answer', commitment: 'ab'.repeat(32) }])
  const proof = join(folder, 'proof')
  await run(node.environment, ['prove', '0', '--out', proof])
  const bare = await run({}, ['verify', proof, '--key', key])
  t.equal(bare.status, 2)
  t.match(bare.stderr, /prove --bundle/)
  for (const args of [
    ['verify', '/dev/zero', '--key', key],
    ['fork-check', proof, '--key', '/dev/zero'],
    ['fork-check', '/dev/zero', '--key', key],
    ['append', 'note', '--content', '/dev/zero'],
  ]) {
    const endless = await run(node.environment, args)
    t.equal(endless.status, 2, args.join(' '))
    t.match(endless.stderr, /\/dev\/zero has more than \d+ bytes/)
  }
  const card = await run(node.environment, ['peers', 'add', '-'], 'x'.repeat(1 << 20))
  t.equal(card.status, 2)
  t.match(card.stderr, /- has more than 8192 bytes/)
  t.match((await run({}, ['fork-check', folder, '--key', key])).stderr, `A folder, not a file: ${folder}`)
  const taken = join(folder, 'taken')
  writeFileSync(taken, '')
  const kept = await run(node.environment, ['admin-key', 'make', taken])
  t.equal(kept.stderr, `There already: ${taken}\n`)
  const empty = await run({ TANBOX_LEDGER_DATA: folder }, ['export', join(folder, 'export')])
  t.equal(empty.status, 4)
  t.equal(empty.stderr, `there is no log in ${folder}\n`)
  const nowhere = await run(node.environment, ['export', '/proc/x'])
  t.equal(nowhere.status, 2)
  t.equal(nowhere.stderr, 'No such path: /proc/x\n')
})

t.test('without a node: init makes log and keys, and the others say that nothing answers', async (t) => {
  const folder = scratch(t)
  const environment = { TANBOX_LEDGER_DATA: join(folder, 'ledger'), TANBOX_LEDGER_PORT: '9' }
  const away = await run(environment, ['status', '--json'])
  t.equal(away.status, 3)
  t.match(away.json(), { error: { code: 'unreachable' } })
  t.match((await run({ ...environment, LANG: 'zh_CN.UTF-8' }, ['sync'])).stderr, /没有账本节点应答/)
  const made = await run(environment, ['init', '--json'])
  t.equal(made.status, 0, made.stderr)
  t.match(made.json(), { made: true, origin: /^tanbox\.local\/[0-9a-f]{16}\/1$/ })
  t.equal(statSync(join(folder, 'ledger/keys/log.key')).mode & 0o777, 0o600)
  t.equal(statSync(join(folder, 'ledger.local/keys/cosigner.key')).mode & 0o777, 0o600)
  const again = await run(environment, ['init', '--json'])
  t.match(again.json(), { made: false, origin: made.json().origin })
})

t.test('an entry is appended, proved, exported and verified', async (t) => {
  const node = await startNode(t)
  const folder = scratch(t)
  const tell = async (...args: string[]) => {
    const ran = await run(node.environment, args)
    t.equal(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
    return ran
  }
  t.match((await tell('init')).stderr, /node is running/)
  const content = join(folder, 'content.json')
  writeFileSync(content, '{"b":1,"a":"碳"}')
  const appended = (await tell('append', 'note', '--content', content, '--json')).json() as Record<
    string,
    string
  >
  t.match(appended, { seq: 0, type: 'note', content: '{"a":"碳","b":1}', salt: /^[0-9a-f]{64}$/ })
  const again = await tell('append', 'note', '--commitment', appended.commitment!, '--json')
  t.match(again.json(), { seq: 0 }, 'the same commitment keeps its number')
  t.match((await tell('append', 'answer', '--commitment', 'ab'.repeat(32))).stdout, /^Entry 1 is written/)
  t.match((await tell('prove', appended.commitment!)).stdout, /^c2sp.org\/tlog-proof@v1\nindex 0\n/)
  t.match((await tell('prove', '1', '--state', '--json')).json(), { seq: 1, state: 'local', k: 0, n: 0 })
  t.match((await tell('prove', '1', '--state')).stdout, /^Entry 1 is local\./)
  t.match((await tell('status')).stdout, /Entries +2\n/)
  t.match((await tell('status', '--json')).json(), { size: 2, standing: { state: 'open' } })
  t.match((await tell('verify')).stdout, /^Nothing wrong was found\n/)
  t.match((await tell('policy')).stdout, /^log \S+\/1\+[0-9a-f]{8}\+\S+\nquorum none\n$/)

  const receipt = join(folder, 'receipt.json')
  const opening = ['--salt', appended.salt!, '--content', content]
  await tell('prove', '0', '--bundle', ...opening, '--out', receipt)
  const exported = join(folder, 'export')
  await tell('export', exported)
  const key = join(exported, 'log.vkey')
  await node.stop()

  t.match((await tell('verify', exported, '--key', key, '--json')).json(), { ok: true, size: 2 })
  t.match((await tell('verify', receipt, '--key', key, '--json')).json(), {
    ok: true,
    index: 0,
    steps: { content: { result: 'good' }, inclusion: { result: 'good' } },
  })
  const offline = join(folder, 'again')
  await tell('export', offline, '--from-folder', node.environment.TANBOX_LEDGER_DATA!)
  t.equal(
    readFileSync(join(offline, 'checkpoint'), 'utf8'),
    readFileSync(join(exported, 'checkpoint'), 'utf8'),
  )

  const other = formatVerifierKey(verifierOf(makeSignerKey('a/b/1', logKeyType, Buffer.alloc(32, 9))))
  const refused = await run(node.environment, ['verify', exported, '--key', other])
  t.equal(refused.status, 1)
  t.match(refused.stdout, /Something is wrong/)
  t.equal((await run(node.environment, ['verify', exported])).status, 2, 'a key has to be trusted')
  t.equal((await run(node.environment, ['verify', join(folder, 'none'), '--key', key])).status, 2)
  const bundle = join(exported, 'tile/entries/000.p/2')
  const bytes = readFileSync(bundle)
  bytes[40]! ^= 1
  writeFileSync(bundle, bytes)
  t.match((await run({}, ['verify', exported, '--key', key, '--json'])).json(), {
    ok: false,
    problem: { where: 'tile/entries/000.p/2' },
  })
})

t.test(
  'a log is verified at its URL, and what is asked of the node it does not have is status 4',
  async (t) => {
    const node = await startNode(t)
    await node.client.append([{ type: 'answer', commitment: 'cd'.repeat(32) }])
    const { origin, key } = node.running.node.log
    const url = node.url + origin.slice(origin.indexOf('/'))
    await run(node.environment, ['prove', '0'])
    const report = await run({}, ['verify', url, '--key', formatVerifierKey(key), '--json'])
    t.match(report.json(), { ok: true, size: 1, origin })
    const byAddress = await run({}, ['verify', `${node.url}/`, '--key', formatVerifierKey(key), '--json'])
    t.match(byAddress.json(), { ok: true, size: 1 }, 'the address of the node is enough')
    const nowhere = await run({}, ['verify', 'http://127.0.0.1:9', '--key', formatVerifierKey(key), '--json'])
    t.equal(nowhere.status, 3, 'nothing is known of a log that nobody gives')
    t.match(nowhere.json(), { ok: false, error: { code: 'unreachable' } })
    t.equal((await run(node.environment, ['prove', '7'])).status, 4)
    t.equal((await run(node.environment, ['peers', 'remove', 'x'])).status, 4)
    t.equal((await run(node.environment, ['peers', 'discover'])).status, 4)
  },
)

t.test('the page that verifies receipts is written as one file', async (t) => {
  const page = join(scratch(t), 'page.html')
  const written = await run({}, ['verify', '--page', page])
  t.equal(written.status, 0, written.stderr)
  t.match(readFileSync(page, 'utf8'), /^<!doctype html>/i)
})

t.test('a fork proof is checked with the key alone', async (t) => {
  const folder = scratch(t)
  const signer = makeSignerKey('a.test/0123456789abcdef/1', logKeyType, Buffer.alloc(32, 4))
  const note = (byte: number) =>
    signCheckpoint({ origin: signer.name, size: 3n, root: Buffer.alloc(32, byte), extensions: [] }, signer)
  const key = formatVerifierKey(verifierOf(signer))
  const [fork, none] = [join(folder, 'fork'), join(folder, 'none')]
  writeFileSync(fork, formatForkProof(sameSizeProof(note(1), note(2))))
  writeFileSync(none, formatForkProof({ kind: 'same-size', first: note(1), second: note(1), hashes: [] }))
  const proved = await run({}, ['fork-check', fork, '--key', key])
  t.equal(proved.status, 0)
  t.match(proved.stdout, /^Proved: a\.test/)
  const refused = await run({}, ['fork-check', none, '--key', key, '--json'])
  t.equal(refused.status, 1)
  t.match(refused.json(), { forked: false, problem: 'no-fork' })
  const other = formatVerifierKey(verifierOf(makeSignerKey('b/c/1', logKeyType, Buffer.alloc(32, 5))))
  t.match((await run({}, ['fork-check', fork, '--key', other, '--json'])).json(), { problem: 'other-log' })
})

import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { publishCommandLineAccess, withdrawCommandLineAccess } from '../../src/access/command-line.ts'
import type { Answer } from '../../src/model.ts'
import { openBox } from '../http/box.ts'

const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)))

interface Result {
  status: number
  out: string
  err: string
}

/** The command as a person runs it, through its launcher. */
function tanbox(data: string, ...args: string[]): Promise<Result> {
  const environment = { ...process.env, TANBOX_DATA: data, LC_ALL: 'en_US.UTF-8' }
  return new Promise((done) => {
    execFile(join(root, 'bin/tanbox'), args, { env: environment, cwd: tmpdir() }, (error, out, err) => {
      done({ status: error ? Number(error.code) : 0, out, err })
    })
  })
}

/** A running appliance that the command finds by its data folder. */
async function runningBox(t: Test): Promise<string> {
  const box = await openBox(t)
  await box.server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = box.server.server.address() as AddressInfo
  const token = box.asOwner.authorization.slice('Bearer '.length)
  await publishCommandLineAccess(box.data, { url: `http://127.0.0.1:${port}`, token })
  return box.data
}

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tanbox-cli-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

t.test('when nothing runs: one sentence, and an exit status of its own', async (t) => {
  const data = folder(t)
  for (const args of [
    ['status'],
    ['ask', 'x'],
    ['search', 'x'],
    ['verify'],
    ['config'],
    ['ingest', join(root, 'package.json')],
  ]) {
    const { status, out, err } = await tanbox(data, ...args)
    t.same(
      { status, out, err },
      { status: 3, out: '', err: 'No Tanbox is running. Start it with: npm start\n' },
    )
  }
  const { status, out } = await tanbox(data, 'status', '--json')
  t.equal(status, 3)
  t.equal(JSON.parse(out).error.code, 'nothing-running')
})

t.test('an address that was left behind by a box that is gone counts as nothing running', async (t) => {
  const data = folder(t)
  writeFileSync(join(data, 'cli.json'), JSON.stringify({ url: 'http://127.0.0.1:9', token: 'x' }))
  t.equal((await tanbox(data, 'status')).status, 3)
})

t.test('usage, help and version', async (t) => {
  const data = folder(t)
  const wrong = await tanbox(data, 'frobnicate')
  t.equal(wrong.status, 2)
  t.match(wrong.err, /^tanbox: there is no command "frobnicate"\n.*tanbox --help\n$/)
  t.equal(wrong.out, '')
  const help = await tanbox(data, '--help', '--lang', 'zh')
  t.equal(help.status, 0)
  t.match(help.out, /退出码/)
  t.match((await tanbox(data, '--version')).out, /^\d+\.\d+\.\d+\n$/)
})

const noNpx = spawnSync('npx', ['--version']).status === 0 ? false : 'npx is not on this machine'

t.test('a reader that leaves early ends the command without a word', async (t) => {
  const { stderr } = spawnSync('sh', ['-c', `"${join(root, 'bin/tanbox')}" --help | true`], {
    encoding: 'utf8',
  })
  t.equal(stderr, '')
})

t.test('npx finds the command of this installation, in its folder and below', { skip: noNpx }, async (t) => {
  for (const cwd of [root, join(root, 'appliance')]) {
    const { status, stdout } = spawnSync('npx', ['--no', 'tanbox', '--version'], { cwd, encoding: 'utf8' })
    t.equal(status, 0, cwd)
    t.match(stdout, /^\d+\.\d+\.\d+\n$/)
  }
})

t.test(
  'from files to an answer with its source, over the running box alone',
  { timeout: 120_000 },
  async (t) => {
    const data = await runningBox(t)
    const files = join(folder(t), '资料')
    mkdirSync(join(files, '制度'), { recursive: true })
    writeFileSync(
      join(files, '制度', '空调.md'),
      '# 空调管理规定\n\n办公区域夏季空调温度设定不得低于26摄氏度，冬季采暖温度不得高于20摄氏度。\n',
    )
    writeFileSync(join(files, '.hidden.md'), 'hidden')
    writeFileSync(join(files, '损坏.pdf'), '%PDF-1.7 this is none')
    symlinkSync('/etc/hostname', join(files, 'link.txt'))

    await t.test('ingest sends folders with their paths, waits, and says what failed', async (t) => {
      const { status, out, err } = await tanbox(data, 'ingest', files, '--json')
      t.equal(status, 5)
      const { files: sent, taken, failed } = JSON.parse(out)
      t.same({ taken, failed }, { taken: 1, failed: 1 })
      t.same(
        sent.map(({ name, state }: { name: string; state: string }) => [name, state]),
        [
          ['资料/制度/空调.md', 'ready'],
          ['资料/损坏.pdf', 'failed'],
        ],
      )
      t.match(sent[1].reason, { code: String, zh: String, en: String })
      t.match(err, /uploading 1\/2/)
    })

    await t.test('ask gives the answer and where it stands', async (t) => {
      const { status, out } = await tanbox(data, 'ask', '办公区夏季空调温度不得低于多少度？')
      t.equal(status, 0)
      t.match(out, /26摄氏度.*\[1\]/s)
      t.match(out, /Sources\n \[1\] .*空调\.md/)
    })

    await t.test('ask --json is one document, and -c goes on in the same conversation', async (t) => {
      const first = JSON.parse(
        (await tanbox(data, 'ask', '冬季采暖温度不得高于多少度？', '--json')).out,
      ) as Answer
      t.match(first, {
        ...{ outcome: 'answered', via: 'box', model: 'extractive', timings: { totalMs: Number } },
        citations: [{ source: { name: '空调.md' }, quote: String }],
      })
      const sent = [Object.hasOwn(first, 'passages'), Object.hasOwn(first.receipt, 'payload')]
      t.same(sent, [false, false], 'not what was sent for it')
      const second = JSON.parse((await tanbox(data, 'ask', '-c', '那夏季呢？', '--json')).out) as Answer
      t.equal(second.conversation, first.conversation)
    })

    await t.test('what is not in the documents has its own exit status', async (t) => {
      t.equal((await tanbox(data, 'ask', 'Who won the football world cup in 1998?')).status, 4)
    })

    await t.test('search lists passages with their reasons', async (t) => {
      const { status, out } = await tanbox(data, 'search', '空调 温度')
      t.equal(status, 0)
      t.match(out, /^1\. .*空调\.md/)
      t.match(out, /words #1 .* meaning #1/)
    })

    await t.test('status and config tell how the box is and why', async (t) => {
      const status = JSON.parse((await tanbox(data, 'status', '--json')).out)
      t.match(status.counts, { documents: 2, ready: 1, failed: 1 })
      t.match((await tanbox(data, 'status', '--lang', 'zh')).out, /文档 +2/)
      t.match((await tanbox(data, 'config')).out, /TANBOX_PORT +8470 +\(default\)/)
    })

    await t.test('a question that the box refuses is said in its words', async (t) => {
      const { status, err } = await tanbox(data, 'ask', '长'.repeat(30_000))
      t.equal(status, 1)
      t.match(err, /too long/)
    })

    await t.test('a box without a ledger node says so', async (t) => {
      const { status, err } = await tanbox(data, 'verify')
      t.equal(status, 1)
      t.match(err, /no ledger node/)
    })

    await t.test('paths that are not there', async (t) => {
      const { status, err } = await tanbox(data, 'ingest', join(files, 'nowhere'))
      t.equal(status, 2)
      t.match(err, /No such path: .*nowhere/)
    })

    await withdrawCommandLineAccess(data)
  },
)

import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const units = readdirSync(join(root, 'systemd')).filter((name) => name.endsWith('.service'))
const scripts = readdirSync(join(root, 'firmware-scripts')).map((name) =>
  join(root, 'firmware-scripts', name),
)
const launchers = ['node24', 'tanbox', 'tanbox-ledger'].map((name) => join(root, 'bin', name))
const shell = [...scripts, ...launchers, join(root, 'systemd/verify')]

const missing = (command: string) =>
  spawnSync(command, ['--version']).status === 0 ? false : `${command} is not on this machine`

t.test('systemd accepts every unit', { skip: missing('systemd-analyze') }, async (t) => {
  t.same(units, ['tanbox-appliance.service', 'tanbox-gateway.service', 'tanbox-ledger.service'])
  const paths = units.map((name) => join(root, 'systemd', name))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], {
    encoding: 'utf8',
  })
  t.equal(status, 0)
  t.equal(stderr, '', 'without a complaint')
})

t.test('the units start what is in the repository', async (t) => {
  for (const unit of units) {
    const text = readFileSync(join(root, 'systemd', unit), 'utf8')
    const paths = [...text.matchAll(/\/opt\/tanbox\/(\S+)/g)].map(([, path]) => path!)
    t.ok(paths.length >= 2, unit)
    for (const path of paths)
      t.ok(path === 'README.md' || statSync(join(root, path)).isFile(), `${unit}: ${path}`)
  }
})

t.test('the shell scripts are portable sh', async (t) => {
  for (const script of shell) t.equal(spawnSync('sh', ['-n', script]).status, 0, script)
})

t.test('shellcheck has nothing to say', { skip: missing('shellcheck') }, async (t) => {
  const { stdout } = spawnSync('shellcheck', shell, { encoding: 'utf8' })
  t.equal(stdout, '')
})

const cannotBuildImage = process.getuid?.() !== 0 ? 'needs root' : missing('systemd-sysusers')

t.test(
  'the scripts set up an image, and running them again changes nothing',
  { skip: cannotBuildImage },
  async (t) => {
    const image = mkdtempSync(join(tmpdir(), 'tanbox-image-'))
    t.teardown(() => rmSync(image, { recursive: true, force: true }))
    mkdirSync(join(image, 'etc'))
    writeFileSync(join(image, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
    writeFileSync(join(image, 'etc/group'), 'root:x:0:\n')
    const install = () => {
      // The copy of the files (10) is left out: it would take the whole installation.
      for (const script of scripts.filter((path) => /[2-5]0-/.test(path))) {
        execFileSync('sh', [script], { env: { ...process.env, ROOT: image }, stdio: 'pipe' })
      }
      return readFileSync(join(image, 'etc/passwd'), 'utf8')
    }
    const accounts = install()
    t.match(accounts, /^tanbox:x:\d+:\d+:.*:\/usr\/sbin\/nologin$/m)
    t.equal(install(), accounts)
    t.equal(statSync(join(image, 'var/lib/tanbox')).mode & 0o777, 0o700)
    t.equal(statSync(join(image, 'var/lib/tanbox-ledger-local')).mode & 0o777, 0o700)
    t.equal(statSync(join(image, 'srv/tanbox/drop')).mode & 0o7777, 0o2770)
    const wanted = join(image, 'etc/systemd/system/multi-user.target.wants')
    t.same(readdirSync(wanted).sort(), units)
    t.equal(readlinkSync(join(wanted, units[0]!)), `/usr/lib/systemd/system/${units[0]}`)
  },
)

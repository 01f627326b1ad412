import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const scriptAt = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** A network of its own with loopback alone: no packet leaves it. */
const alone = ['-n', 'sh', '-c', 'ip link set lo up && ip link set lo multicast on && exec "$@"', 'sh']
const cannot =
  spawnSync('unshare', [...alone, 'true']).status === 0 ? false : 'no network can be made here (unshare, ip)'

const runAlone = (name: string) =>
  spawnSync('unshare', [...alone, process.execPath, scriptAt(name)], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    timeout: 60_000,
  })

t.test(
  'boxes on one network find each other, and know which cannot be dialled',
  { skip: cannot },
  async (t) => {
    const { stdout, stderr } = runAlone('three-boxes.ts')
    t.equal(stderr, '')
    const [one, two, silent] = [
      { name: 'box 1', urls: ['http://127.0.0.1:8001'] },
      { name: 'box 2', urls: ['http://127.0.0.1:8002'] },
      { name: 'box 3', urls: [] },
    ]
    t.same(JSON.parse(stdout), [
      [two, silent],
      [one, silent],
      [one, two],
    ])
  },
)

t.test('a box that was found is added by its fingerprint, and by no other', { skip: cannot }, async (t) => {
  const { stdout, stderr } = runAlone('found-by-command.ts')
  t.equal(stderr, '')
  t.match(JSON.parse(stdout), {
    found: [{ name: 'other', known: false }],
    statuses: [1, 2, 0],
    added: { name: 'other', urls: [/^http:\/\/127\.0\.0\.1:\d+$/] },
    again: [{ name: 'other', known: true }],
  })
})

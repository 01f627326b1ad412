import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('two-boxes.ts', import.meta.url))
/** A network of its own with loopback alone: no packet leaves it. */
const alone = ['-n', 'sh', '-c', 'ip link set lo up && ip link set lo multicast on && exec "$@"', 'sh']
const cannot =
  spawnSync('unshare', [...alone, 'true']).status === 0 ? false : 'no network can be made here (unshare, ip)'

t.test('two boxes on one network find each other', { skip: cannot }, async (t) => {
  const { stdout, stderr } = spawnSync('unshare', [...alone, process.execPath, script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    timeout: 30_000,
  })
  t.equal(stderr, '')
  t.same(JSON.parse(stdout), [
    [{ name: 'box 2', urls: ['http://127.0.0.1:8002'] }],
    [{ name: 'box 1', urls: ['http://127.0.0.1:8001'] }],
  ])
})

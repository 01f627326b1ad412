/** What `npm ci` demands of package-lock.json: newer npm refuses a lock that lacks a package for another platform. */
import { readFileSync } from 'node:fs'
import t from 'tap'

interface Locked {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, Locked>
}

t.test(
  'every package that a locked package needs, also on other platforms, is in the lock file',
  async (t) => {
    const missing = Object.entries(lock.packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !isLocked(name, path))
        .map((name) => `${path || 'the root'} needs ${name}`),
    )
    t.same(missing, [])
  },
)

/** Whether Node would find the package from that folder: in its own node_modules or in one further out. */
function isLocked(name: string, from: string): boolean {
  const own = from === '' ? '' : `${from}/`
  if (`${own}node_modules/${name}` in lock.packages) return true
  if (from === '') return false
  const outer = from.lastIndexOf('/node_modules/')
  return isLocked(name, outer >= 0 ? from.slice(0, outer) : '')
}

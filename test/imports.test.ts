import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'

const root = resolve(import.meta.dirname, '..')

interface Import {
  from: string
  target: string
  typeOnly: boolean
}

const sourcesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const importPattern = /^(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s*from\s+)?'([^']+)'/gm

const importsOf = (file: string): Import[] => {
  const content = readFileSync(join(root, file), 'utf8')
  return [...content.matchAll(importPattern)].map(([, type, names, target]) => ({
    from: file,
    target: target?.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : (target ?? ''),
    typeOnly: type !== undefined || (names !== undefined && /^\{(\s*type\s+[^,}]+,?)+\s*\}$/.test(names)),
  }))
}

const roomOf = (file: string): string => file.split('/').slice(2, -1)[0] ?? ''

t.test('a room imports values only from model, errors and itself; http also from access', async (t) => {
  const wrong = sourcesBelow('appliance/src')
    .filter((file) => roomOf(file) !== '')
    .flatMap(importsOf)
    .filter(({ target }) => target.startsWith('appliance/src/'))
    .filter(({ from, target, typeOnly }) => {
      if (typeOnly || roomOf(from) === roomOf(target)) return false
      if (target === 'appliance/src/model.ts' || target === 'appliance/src/errors.ts') return false
      return !(roomOf(from) === 'http' && roomOf(target) === 'access')
    })
  t.same(
    wrong.map(({ from, target }) => `${from} -> ${target}`),
    [],
  )
})

t.test('model and errors import nothing of ours', async (t) => {
  const ours = ['appliance/src/model.ts', 'appliance/src/errors.ts']
    .flatMap(importsOf)
    .filter(({ target, typeOnly }) => target.startsWith('appliance/') && !typeOnly)
  t.same(ours, [])
})

t.test('the gateway and the ledger node know neither the appliance nor each other', async (t) => {
  const foreign: Record<string, RegExp> = {
    'cloud-gateway/src': /^(appliance\/|ledger-node\/|@tanbox\/(appliance|ledger-node))/,
    'ledger-node/src': /^(appliance\/|cloud-gateway\/|@tanbox\/(appliance|cloud-gateway))/,
  }
  for (const [folder, pattern] of Object.entries(foreign))
    t.same(
      sourcesBelow(folder)
        .flatMap(importsOf)
        .filter(({ target }) => pattern.test(target))
        .map(({ from, target }) => `${from} -> ${target}`),
      [],
      folder,
    )
})

// The command line is a program of its own, with `cli/settings.ts` in the part of `config.ts`.
const readsEnvironment = /\/(config|cli\/settings)\.ts$/

t.test('only config.ts of each service reads the environment', async (t) => {
  const readers = ['appliance/src', 'cloud-gateway/src', 'ledger-node/src']
    .flatMap(sourcesBelow)
    .filter(
      (file) => !readsEnvironment.test(file) && /process\.env\b/.test(readFileSync(join(root, file), 'utf8')),
    )
  t.same(readers, [])
})

t.test('only context.ts constructs drivers', async (t) => {
  const drivers = /\/(onnx|hnsw|exact|gateway|offline|remote)\.ts$/
  const users = sourcesBelow('appliance/src')
    .filter((file) => roomOf(file) === '' && !file.endsWith('/context.ts'))
    .flatMap(importsOf)
    .filter(({ target, typeOnly }) => !typeOnly && drivers.test(target))
  t.same(users, [])
})

/**
 * npm run hnsw: builds hnswlib-node's machine code for this CPU, tries it out, and puts it where the appliance finds
 * it at its next start. It calls the C++ compiler itself: node-gyp would want Python, and headers from outside,
 * while everything needed lies in node_modules already (docs/decisions/305).
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { cpuFeatures, hnswBuildFolder, loadHnsw } from '../appliance/src/search/hnsw-native.ts'

const root = resolve(import.meta.dirname, '..')
const require = createRequire(join(root, 'appliance/package.json'))
const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`))

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

function findCompiler(): string {
  const found = ['c++', 'g++', 'clang++'].find((name) => spawnSync(name, ['--version']).status === 0)
  return (
    found ??
    fail(
      'No C++ compiler was found, so the vector index stays the exact scan, which needs none.\n' +
        'On Debian or Ubuntu: apt-get install g++; then run this again.',
    )
  )
}

function findHeaders(): string {
  const besideNode = [resolve(process.execPath, '../../include/node')]
  const carried = ['x64', 'arm64'].map((arch) => join(root, `node_modules/node-linux-${arch}/include/node`))
  return (
    [...besideNode, ...carried].find((folder) => existsSync(join(folder, 'node_api.h'))) ??
    fail("Node's headers were not found in node_modules; run npm ci first.")
  )
}

/** Instructions that speed up inner products on x86-64; on others the compiler's default has what it takes. */
function cpuOptions(): { cpu: string[]; options: string[] } {
  const here = cpuFeatures()
  const cpu = ['avx2', 'fma'].every((feature) => here.has(feature)) ? ['avx2', 'fma'] : []
  return { cpu, options: cpu.map((feature) => `-m${feature}`) }
}

/** In a process of its own, which an illegal instruction may end. */
function tryOut(library: string): void {
  const program = `
    const found = { exports: {} }
    process.dlopen(found, ${JSON.stringify(library)})
    const index = new found.exports.HierarchicalNSW('ip', 384)
    index.initIndex(500, 16, 200, 1)
    const vector = (i) => Array.from({ length: 384 }, (_, d) => Math.sin((i + 1) * (d + 1)))
    for (let i = 0; i < 500; i++) index.addPoint(vector(i), i)
    for (let i = 0; i < 500; i += 7) {
      if (!index.searchKnn(vector(i), 3).neighbors.includes(i)) throw new Error('does not find ' + i)
      if (index.searchKnn(vector(i), 3, (label) => label !== i).neighbors.includes(i)) throw new Error('filter')
    }`
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  if (status !== 0) fail(`The library was built and failed its test (${signal ?? status}): ${stderr}`)
}

const started = performance.now()
const compiler = findCompiler()
const headers = findHeaders()
const { cpu, options } = cpuOptions()
const target = hnswBuildFolder()
mkdirSync(target, { recursive: true })
const draft = mkdtempSync(join(target, 'draft-'))
try {
  const library = join(draft, 'addon.node')
  console.log(`Building hnswlib with ${compiler}${cpu.length > 0 ? ` for ${cpu.join(', ')}` : ''} ...`)
  const { status, stderr } = spawnSync(
    compiler,
    [
      ...['-std=c++17', '-O3', ...options, '-fPIC', '-shared', '-s'],
      ...['-DNODE_GYP_MODULE_NAME=addon', '-DBUILDING_NODE_EXTENSION', '-DNAPI_DISABLE_CPP_EXCEPTIONS'],
      ...['-I', headers, '-I', folderOf('node-addon-api')],
      ...['-o', library, join(folderOf('hnswlib-node'), 'src/addon.cc')],
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) fail(`The compiler failed:\n${stderr}`)
  tryOut(library)
  writeFileSync(join(draft, 'addon.json'), JSON.stringify({ cpu }))
  renameSync(join(draft, 'addon.json'), join(target, 'addon.json'))
  renameSync(library, join(target, 'addon.node'))
} finally {
  rmSync(draft, { recursive: true, force: true })
}
const loaded = loadHnsw()
if ('missing' in loaded) fail(`The library was built and ${loaded.missing}`)
console.log(
  `Done in ${Math.round((performance.now() - started) / 1000)} s. Tanbox uses it from its next start on.`,
)

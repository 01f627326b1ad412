import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { buildConsole } from '../../../bin/supervisor/console-build.ts'

const root = join(import.meta.dirname, '../../..')
const dist = join(root, 'appliance/console/dist')

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}

/** Everything the browser loads before these pages can be used: the entry, the pages, and their static imports. */
function filesFor(manifest: Record<string, Chunk>, entries: string[]): string[] {
  const seen = new Set<string>()
  const follow = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    for (const next of manifest[name]?.imports ?? []) follow(next)
  }
  for (const entry of entries) follow(entry)
  return [...seen].map((name) => manifest[name]?.file ?? '')
}

t.test('every page stays within its budget of JavaScript', async (t) => {
  await buildConsole(root, () => {})
  const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
  const kB = (pages: string[]) => {
    const files = filesFor(manifest, ['index.html', ...pages.map((page) => `src/${page}`)])
    t.notMatch(files.join(), /pdf-library|pdf\.worker/, `${pages} does not load the viewer`)
    return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0) / 1000
  }
  const budgets: [budget: number, pages: string[]][] = [
    [130, ['access/login-page.tsx']],
    [130, ['access/claim-page.tsx']],
    [190, ['shell/frame.tsx', 'ask/ask-page.tsx']],
    [190, ['shell/frame.tsx', 'documents/documents-page.tsx']],
    [190, ['shell/frame.tsx', 'search/search-page.tsx']],
    [190, ['shell/frame.tsx', 'ledger/ledger-page.tsx']],
    [190, ['shell/frame.tsx', 'status/status-page.tsx']],
    [190, ['shell/frame.tsx', 'preview/document-page.tsx']],
  ]
  for (const [budget, pages] of budgets) {
    for (const page of pages) t.ok(manifest[`src/${page}`], `${page} is a chunk of its own`)
    const size = kB(pages)
    t.ok(size <= budget, `${pages.at(-1)}: ${size.toFixed(1)} of ${budget} kB`)
  }
})

t.test('the one document names no other origin and holds no script or style of its own', async (t) => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  t.notMatch(html, /https?:\/\/|<style|style=|<script>|onload=/)
})

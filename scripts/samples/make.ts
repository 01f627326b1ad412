import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { decks } from './decks.ts'
import { documents } from './documents.ts'
import { presentation } from './slides.ts'
import { wordDocument } from './word.ts'
import { workbooks, writeWorkbook } from './workbooks.ts'

/**
 * Makes the binary documents in samples/ from the texts in this folder: `sh bin/node24 scripts/samples/make.ts`.
 * The PDFs are printed by the chromium on the PATH (with Noto Sans CJK installed), so their bytes vary with its version.
 */
const here = dirname(fileURLToPath(import.meta.url))
const samples = resolve(here, '../../samples')

for (const { file, title, blocks } of documents)
  writeFileSync(join(samples, file), await wordDocument(title, blocks))
for (const { file, title, slides } of decks)
  writeFileSync(join(samples, file), await presentation(title, slides))
for (const workbook of workbooks) writeFileSync(join(samples, workbook.file), writeWorkbook(workbook))

const profile = mkdtempSync(join(tmpdir(), 'tanbox-print-'))
for (const page of readdirSync(join(here, 'pages')).filter((name) => name.endsWith('.html'))) {
  const target = join(samples, page.replace('.html', '.pdf'))
  execFileSync('chromium', [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    `--user-data-dir=${profile}`,
    '--no-pdf-header-footer',
    `--print-to-pdf=${target}`,
    pathToFileURL(join(here, 'pages', page)).href,
  ])
}
rmSync(profile, { recursive: true, force: true })

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import {
  axeFindings,
  type Look,
  noChromium,
  openPage,
  startChromium,
} from '../../../appliance/test/browser/support/chromium.ts'
import { formatReceipt, type ReceiptFile } from '../../src/receipt/receipt-file.ts'
import { receiptPage } from '../../src/receipt/receipt-page.ts'
import { makeReceipt } from '../../test/receipt/made-receipt.ts'
import { en } from '../src/texts-en.ts'
import { zh } from '../src/texts-zh.ts'

/** Where pictures of the page are put to be looked at, when somebody wants to. */
const shots = process.env.RECEIPT_SHOTS

const looks: Look[] = [390, 1280].flatMap((width) =>
  [false, true].flatMap((dark) =>
    (['zh', 'en'] as const).map((language) => ({ width, dark, language }) as Look),
  ),
)

t.test('the page for receipts in a real browser', { skip: noChromium, timeout: 240_000 }, async (t) => {
  const html = await receiptPage()
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-receipt-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'verify-receipt.html'), html)
  const fromFile = pathToFileURL(join(folder, 'verify-receipt.html')).href
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(html)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.close())
  const fromHttp = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const browser = await startChromium()
  t.teardown(() => browser.close())
  const good = await makeReceipt()
  const two = await makeReceipt(2)

  const cases: [string, ReceiptFile, keyof typeof en.verdicts, string][] = [
    ['good', good, 'unsure', en.steps.finality.good],
    ['wrong salt', { ...good, salt: '08'.repeat(32) }, 'bad', en.problems['other-content']],
    [
      'changed content',
      { ...good, content: good.content.replace('home', 'hone') },
      'bad',
      en.problems['other-content'],
    ],
    [
      'changed proof',
      { ...good, proof: good.proof.replace(/(index 255\n)./, (_, start) => `${start}/`) },
      'bad',
      en.problems['not-included'],
    ],
    [
      'changed entry',
      { ...good, entry: good.entry.replace('removed', 'added') },
      'bad',
      en.problems['not-included'],
    ],
    ['not final', { ...good, proof: two.proof }, 'bad', en.problems['not-final']],
  ]
  for (const [place, url] of [
    ['file:', fromFile],
    ['http:', fromHttp],
  ] as const) {
    for (const [name, receipt, verdict, says] of cases) {
      await t.test(`${name}, from ${place} without crypto.subtle`, async (t) => {
        const { page, trouble } = await open(t, browser, url, { width: 1280, dark: false, language: 'en' })
        t.equal(await page.evaluate(() => globalThis.crypto?.subtle), undefined)
        await choose(page, { 'receipt.json': formatReceipt(receipt) })
        await page.getByText(en.verdicts[verdict].title).waitFor()
        await page.getByText(says).waitFor()
        t.same(trouble, [])
      })
    }
  }

  await t.test('the key counts as known once somebody says so, and not for the next receipt', async (t) => {
    const { page } = await open(t, browser, fromFile, { width: 1280, dark: false, language: 'en' })
    await choose(page, { 'a.json': formatReceipt(good) })
    await page.getByLabel(en.keyKnown).check()
    await page.getByText(en.nothingYet).waitFor()
    await page.getByRole('button', { name: en.check }).click()
    await page.getByText(en.verdicts.good.title).waitFor()
    t.equal(await page.evaluate(() => document.activeElement?.textContent), en.resultTitle)
    await choose(page, { 'b.json': formatReceipt(good) })
    await page.getByText(en.verdicts.unsure.title).waitFor()
  })

  await t.test('separate files are told apart by what is in them, and parts can be pasted', async (t) => {
    const { page } = await open(t, browser, fromHttp, { width: 390, dark: false, language: 'zh' })
    const { proof, entry, salt, content, policy, log } = good
    await choose(page, { a: proof, b: `${entry}\n`, c: `${salt}\n`, d: content, e: policy, f: 'nonsense' })
    await page.getByText(zh.verdicts.incomplete.title).waitFor()
    await page.getByText(zh.missing.log).waitFor()
    await page.getByText(zh.files.unknown('f')).waitFor()
    await page.getByLabel(zh.parts.log.label, { exact: true }).fill(log)
    await page.getByRole('button', { name: zh.check }).click()
    await page.getByText(zh.verdicts.unsure.title).waitFor()
    await page.getByText('能源/月报.xlsx').waitFor()
    await page.getByRole('button', { name: zh.clear }).click()
    await page.getByText(zh.nothingYet).waitFor()
    t.equal(await page.getByLabel(zh.parts.proof.label).inputValue(), '')
  })

  await t.test('the language can be changed, with what was entered kept', async (t) => {
    const { page } = await open(t, browser, fromFile, { width: 1280, dark: false, language: 'zh' })
    await choose(page, { 'a.json': formatReceipt(good) })
    await page.getByText(zh.verdicts.unsure.title).waitFor()
    await page.getByRole('button', { name: zh.otherLanguage }).click()
    await page.getByText(en.verdicts.unsure.title).waitFor()
    t.equal(await page.evaluate(() => document.documentElement.lang), 'en')
    t.equal(await page.title(), en.title)
  })

  await t.test('by the keyboard alone', async (t) => {
    const { page } = await open(t, browser, fromFile, { width: 1280, dark: false, language: 'en' })
    await choose(page, { 'a.json': formatReceipt(good) })
    await page.getByText(en.partsTitle).focus()
    await page.keyboard.press('Enter')
    const reached: string[] = []
    for (let presses = 0; presses < 14; presses += 1) {
      await page.keyboard.press('Tab')
      reached.push(
        await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || ''),
      )
    }
    for (const name of ['proof', 'policy', 'known', en.check, en.clear]) t.ok(reached.includes(name), name)
  })

  for (const look of looks) {
    await t.test(`nothing for axe to find: ${JSON.stringify(look)}`, async (t) => {
      const texts = look.language === 'zh' ? zh : en
      const { page, trouble } = await open(t, browser, fromHttp, look)
      t.same(await axeFindings(page), [], 'empty')
      await shoot(page, look, 'empty')
      await choose(page, { 'receipt.json': formatReceipt(good) })
      await page.getByText(texts.verdicts.unsure.title).waitFor()
      t.same(await axeFindings(page), [], 'unsure')
      await shoot(page, look, 'unsure')
      await page.getByLabel(texts.keyKnown).check()
      await page.getByRole('button', { name: texts.check }).click()
      await page.getByText(texts.verdicts.good.title).waitFor()
      t.same(await axeFindings(page), [], 'good')
      await shoot(page, look, 'good')
      await choose(page, {
        'receipt.json': formatReceipt({ ...good, salt: '08'.repeat(32), proof: two.proof }),
      })
      await page.getByText(texts.verdicts.bad.title).waitFor()
      t.same(await axeFindings(page), [], 'bad')
      await shoot(page, look, 'bad')
      await page.getByText(texts.partsTitle).click()
      t.same(await axeFindings(page), [], 'parts')
      await shoot(page, look, 'parts')
      t.equal(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        0,
        'nothing beside',
      )
      t.same(trouble, [])
    })
  }
})

/** Opens the page as a browser does at a plain http: address of a LAN: without crypto.subtle. */
async function open(t: Test, browser: Browser, url: string, look: Look) {
  const watched = await openPage(browser, url, look)
  t.teardown(() => watched.context.close())
  await watched.page.addInitScript(() => {
    Object.defineProperty(globalThis, 'crypto', { value: {} })
  })
  await watched.page.goto(url)
  return watched
}

async function choose(page: Page, files: Record<string, string>): Promise<void> {
  const list = Object.entries(files).map(([name, text]) => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from(text),
  }))
  await page.locator('#files').setInputFiles(list)
}

async function shoot(page: Page, { width, dark, language }: Look, what: string): Promise<void> {
  if (!shots) return
  mkdirSync(shots, { recursive: true })
  const name = `${what}-${width}-${language}-${dark ? 'dark' : 'light'}.png`
  await page.screenshot({ path: resolve(shots, name), fullPage: true })
}

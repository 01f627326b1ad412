import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Answer } from '../../src/model.ts'
import { samples, startBox } from './support/box.ts'
import { axeFindings, noChromium, openPage, startChromium } from './support/chromium.ts'
import { startWriter } from './support/writer.ts'

const password = '一个够长的密码 1'

/** One box and one reader, from the claim to the ledger, in the order in which a reader goes. */
t.test('the console in a real browser', { skip: noChromium, timeout: 240_000 }, async (t) => {
  const writer = await startWriter()
  t.teardown(() => writer[Symbol.asyncDispose]())
  const box = await startBox(writer.url)
  t.teardown(() => box[Symbol.asyncDispose]())
  const browser = await startChromium()
  t.teardown(() => browser.close())
  const desk = await openPage(browser, box.url, { width: 1280, dark: false, language: 'zh' })
  const { page } = desk

  await t.test(
    'a wrong code is refused in words, the right one and a password claim the box in three clicks',
    async (t) => {
      await page.goto('/')
      await page.waitForURL('**/claim')
      t.same(await axeFindings(page), [])
      await page.getByLabel('认领码').fill('AAAA-AAAA-AAAA')
      await page.getByLabel('设定密码').fill(password)
      await page.getByRole('button', { name: '认领' }).click()
      t.match(await page.getByRole('alert').textContent(), '认领码不正确')
      await page.getByLabel('认领码').fill(box.claimCode)
      await page.getByRole('button', { name: '认领' }).click()
      await page.getByRole('link', { name: '放入文档' }).click()
      await page.waitForURL('**/documents')
      await page.getByText('还没有文档').waitFor()
      t.same(await axeFindings(page), [])
    },
  )

  await t.test(
    'a signed-out reader is asked for the password and comes back to where they were going',
    async (t) => {
      await page.getByRole('button', { name: '退出登录' }).click()
      await page.waitForURL('**/login')
      t.same(await axeFindings(page), [])
      await page.goto('/ledger')
      await page.getByLabel('密码').fill('not the password')
      await page.keyboard.press('Enter')
      t.match(await page.getByRole('alert').textContent(), '密码不正确')
      await page.getByLabel('密码').fill(password)
      await page.keyboard.press('Enter')
      await page.waitForURL('**/ledger')
    },
  )

  await t.test(
    'chosen, dropped and copied files are read, and the tray says what became of each',
    async (t) => {
      await page.goto('/documents')
      await page
        .locator('input[type=file]')
        .setInputFiles([
          fileNamed('2025年度碳排放盘查报告.pdf'),
          { name: '坏的.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 and then nothing') },
        ])
      await drop(page, '2025年能源台账.xlsx')
      for (const name of ['能源管理制度.docx', '空压站巡检手册.md'])
        copyFileSync(join(samples, name), join(box.drop, name))
      const tray = page.getByRole('region', { name: '上传' })
      await tray.getByText('2 个完成，1 个失败，0 个进行中').waitFor({ timeout: 60_000 })
      await page.locator('[data-document]').nth(4).waitFor({ timeout: 30_000 })
      await page.waitForFunction(() => document.querySelectorAll('[data-state=ready]').length === 4, null, {
        timeout: 60_000,
      })
      const broken = page.locator('[data-document]', { hasText: '坏的.pdf' })
      t.match(await broken.textContent(), /失败[\s\S]*。/, 'the reason stands there without a click')
      t.same(await axeFindings(page), [])
      await tray.getByRole('button', { name: '清除已结束的' }).click()
      await broken.getByRole('button', { name: /^重试/ }).click()
      await broken.getByText('失败').waitFor()
      await broken.getByRole('button', { name: /^移除/ }).click()
      t.same(await axeFindings(page), [])
      await page.getByRole('alertdialog').getByRole('button', { name: '移除' }).click()
      await broken.waitFor({ state: 'detached' })
    },
  )

  await t.test(
    'an answer streams in, and each citation opens the original at exactly the quoted words',
    async (t) => {
      await page.goto('/ask')
      const lengths = await askWatching(page, '2025年公司范围一与范围二排放合计多少吨？')
      t.ok(new Set(lengths).size > 3, `the text grew as it came: ${[...new Set(lengths)].length} sizes seen`)
      t.match(
        await page.locator('[data-announcer]').textContent(),
        /^回答：/,
        'it is announced when it is whole',
      )
      const seen = new Set<string>()
      for (const question of [
        '压缩空气管网的泄漏率应控制在多少以内？',
        '空压站排气温度的正常范围是多少？',
        '2025年6月外购电量是多少？',
      ]) {
        await askWatching(page, question)
        const answer = await lastAnswer(page)
        t.equal(answer.outcome, 'answered', question)
        for (const [index, citation] of answer.citations.entries()) {
          if (seen.has(citation.source.type)) continue
          seen.add(citation.source.type)
          const chip = page
            .locator('[data-answer]')
            .last()
            .locator('[data-answer-text] [data-citation]')
            .nth(index)
          await chip.click()
          await page.locator('[data-preview] mark').first().waitFor({ timeout: 20_000 })
          t.equal(
            await markedText(page),
            await citedText(page, answer, index),
            `${citation.source.name}: the marked words are the cited ones`,
          )
          t.equal(
            bare(await markedText(page)),
            bare(citation.quote),
            `${citation.source.name}: they read as the quote`,
          )
          t.same(await axeFindings(page), [])
          await page.keyboard.press('Escape')
          await page.locator('[data-preview]').waitFor({ state: 'detached' })
          await page.waitForTimeout(50)
          t.ok(
            await chip.evaluate((element) => element === document.activeElement),
            'Esc brings the focus back',
          )
        }
      }
      t.ok(
        ['pdf', 'docx', 'xlsx', 'md'].every((type) => seen.has(type)),
        `opened: ${[...seen].join(', ')}`,
      )
    },
  )

  await t.test(
    'what no source supports is marked, and nothing a model writes becomes a link, a picture or a script',
    async (t) => {
      await askWatching(page, '毒：2025年的排放合计是多少？')
      const answer = page.locator('[data-answer]').last()
      t.match(await answer.locator('.unsupported').first().textContent(), '777')
      t.equal(await answer.locator('[data-answer-text] :is(a, img, script, iframe, svg)').count(), 0)
      t.equal(await page.evaluate(() => 'hacked' in window), false)
      t.same(await axeFindings(page), [])
    },
  )

  await t.test('stop ends a long answer with what stands there', async (t) => {
    await page.getByLabel('问题', { exact: true }).fill('慢：2025年的排放合计是多少？')
    await page.keyboard.press('Enter')
    await page.locator('[data-draft=writing]').waitFor()
    await page.getByRole('button', { name: '停止' }).click()
    await page.locator('[data-outcome=stopped]').waitFor({ timeout: 10_000 })
    t.ok(await page.getByText('您停止了这个回答。').isVisible())
    t.ok(await page.getByRole('button', { name: '提问' }).isVisible())
  })

  await t.test('when the model fails, the box answers by itself and says so', async (t) => {
    await askWatching(page, '坏：压缩空气管网的泄漏率应控制在多少以内？')
    const answer = await lastAnswer(page)
    t.equal(answer.via, 'box')
    t.ok(answer.notice)
    t.ok(
      await page
        .locator('[data-answer]')
        .last()
        .getByText(answer.notice?.zh ?? '')
        .isVisible(),
    )
  })

  await t.test(
    'provenance shows what was searched, found and sent, and the browser recomputes its hash',
    async (t) => {
      const first = page.locator('[data-answer]').first()
      await first.getByRole('button', { name: '溯源' }).click()
      const sheet = page.getByRole('dialog')
      await sheet.locator('[data-hash=agrees]').waitFor()
      t.ok((await sheet.locator('[data-why]').count()) > 0, 'ranks and scores per method')
      await sheet.getByText('查看发出的完整内容').click()
      const payload = JSON.parse((await sheet.locator('[data-payload]').textContent()) ?? '')
      t.match(payload.question, '范围一')
      t.same(await axeFindings(page), [])
      await page.keyboard.press('Escape')
      await sheet.waitFor({ state: 'detached' })
    },
  )

  await t.test('search explains each hit and opens it at its place', async (t) => {
    await page.goto('/search')
    await page.getByLabel('要找的内容').fill('压缩空气 泄漏率')
    await page.keyboard.press('Enter')
    await page.locator('[data-hit="1"] [data-why]').waitFor()
    t.ok((await page.locator('[data-hit] mark').count()) > 0)
    t.same(await axeFindings(page), [])
    await page.getByRole('button', { name: 'docx' }).click()
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-hit]')].every((hit) => hit.textContent?.includes('.docx')),
    )
    await page.locator('[data-hit="1"] a').click()
    await page.locator('[data-preview] mark').first().waitFor()
    t.same(await axeFindings(page), [])
  })

  await t.test(
    'the ledger is verified from the console, and the status page says how the box is',
    async (t) => {
      await page.goto('/ledger')
      await page.locator('[data-entry]').first().waitFor()
      await page.getByRole('button', { name: '核验整条链' }).click()
      await page.locator('[data-verdict=ok]').waitFor({ timeout: 20_000 })
      t.same(await axeFindings(page), [])
      await page.goto('/status')
      await page.locator('[data-health=well]').waitFor()
      t.same(await axeFindings(page), [])
    },
  )

  const cookies = await desk.context.cookies()

  await t.test('a ledger that is held or forked says whose it is and what to do about it', async (t) => {
    const look = { width: 390, dark: false, language: 'en' } as const
    const { page, context } = await openPage(browser, box.url, look, cookies)
    t.teardown(() => context.close())
    const other = 'tanbox.local/702e837b976d2c49/1'
    let own = ''
    await page.route('**/api/ledger?*', async (route) => {
      const response = await route.fetch()
      const answer = await response.json()
      own = answer.origin
      await route.fulfill({ response, json: { ...answer, forks: [own, other], held: 'a reason' } })
    })
    await page.goto('/ledger')
    const said = (origin: string) => page.locator(`:has(> [data-fork="${origin}"])`).textContent()
    await page.locator(`[data-fork="${other}"]`).waitFor()
    t.match(await said(own), /This ledger .*tanbox-ledger successor/s)
    t.match(await said(other), /The ledger of another box .*not concerned/s)
    t.match(await page.getByText('Nothing is written').locator('..').textContent(), /a reason/)
    const state = await page.locator('[data-entry] td:nth-child(3)').first().boundingBox()
    t.ok(state && state.x + state.width < look.width, 'a phone shows how far an entry has come')
    t.same(await axeFindings(page), [])
  })

  for (const width of [1280, 390] as const) {
    for (const [language, dark] of [
      ['zh', true],
      ['en', false],
      ['en', true],
      ['zh', false],
    ] as const) {
      await t.test(
        `every page holds at ${width} px in ${language}, ${dark ? 'dark' : 'light'}`,
        async (t) => {
          const { page, context, trouble } = await openPage(
            browser,
            box.url,
            { width, dark, language },
            cookies,
          )
          t.teardown(() => context.close())
          await visitAll(t, page)
          t.equal(await page.locator('html').getAttribute('lang'), language === 'zh' ? 'zh-CN' : 'en')
          t.equal(await page.locator('html').getAttribute('data-theme'), dark ? 'dark' : 'light')
          t.same(trouble, [])
        },
      )
    }
  }

  await t.test('language and theme are switched by the reader and remembered', async (t) => {
    await page.goto('/status')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Status' }).waitFor()
    await page.getByRole('button', { name: /^Appearance/ }).click()
    await page.getByRole('button', { name: /^Appearance/ }).click()
    t.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
    await page.reload()
    await page.getByRole('heading', { name: 'Status' }).waitFor()
    t.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
    t.equal(await page.locator('html').getAttribute('lang'), 'en')
  })

  await t.test('by keyboard alone: from the skip link to a question, its citation, and back', async (t) => {
    const { page, context } = await openPage(
      browser,
      box.url,
      { width: 1280, dark: false, language: 'zh' },
      cookies,
    )
    t.teardown(() => context.close())
    await page.goto('/documents')
    await page.locator('[data-document]').first().waitFor()
    await page.keyboard.press('Tab')
    t.equal(await focused(page), '跳到内容')
    await tabTo(page, '问答')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/ask')
    await tabTo(page, '问题')
    await page.keyboard.type('压缩空气管网的泄漏率应控制在多少以内？')
    await page.keyboard.press('Enter')
    await page.locator('[data-answer]').waitFor({ timeout: 30_000 })
    await tabTo(page, /^引用 1/, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('[data-preview] mark').first().waitFor()
    t.equal(await focused(page), '原文')
    await tabTo(page, '文档内容')
    await page.keyboard.press('Escape')
    await page.locator('[data-preview]').waitFor({ state: 'detached' })
    await page.waitForTimeout(50)
    t.match(await focused(page), /^引用 1/)
  })

  await t.test('on a phone one tap on a citation fills the screen with the original', async (t) => {
    const { page, context } = await openPage(
      browser,
      box.url,
      { width: 390, dark: false, language: 'zh' },
      cookies,
    )
    t.teardown(() => context.close())
    const { items } = await context.request.get('/api/conversations').then((found) => found.json())
    await page.goto(`/ask/${items[0].id}`)
    const chip = page.locator('[data-answer-text] [data-citation]').first()
    await chip.tap()
    const sheet = page.getByRole('dialog')
    await sheet.locator('mark').first().waitFor()
    t.same(await axeFindings(page), [])
    t.match(await sheet.boundingBox(), { x: 0, y: 0, width: 390, height: 844 })
    await page.goBack()
    await sheet.waitFor({ state: 'detached' })
  })

  await t.test('a picture of trouble: none in the whole run', async (t) => {
    t.same(desk.trouble, [])
  })
})

/** A sample as the file picker hands it over. */
const fileNamed = (name: string) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: readFileSync(join(samples, name)),
})

/** Drops a sample on the page as a file manager does. */
async function drop(page: Page, name: string): Promise<void> {
  const bytes = readFileSync(join(samples, name)).toString('base64')
  const transfer = await page.evaluateHandle(
    ([name, bytes]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name))
      return transfer
    },
    [name, bytes] as const,
  )
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('main', type, { dataTransfer: transfer })
}

/** Asks, waits for the whole answer, and returns the lengths that its text had on the way. */
async function askWatching(page: Page, question: string): Promise<number[]> {
  const before = await page.locator('[data-answer]').count()
  await page.getByLabel('问题', { exact: true }).fill(question)
  await page.keyboard.press('Enter')
  const lengths: number[] = []
  while ((await page.locator('[data-answer]').count()) <= before) {
    lengths.push(
      await page.evaluate(
        () => document.querySelector('[data-draft] [data-answer-text]')?.textContent?.length ?? 0,
      ),
    )
    await page.waitForTimeout(30)
  }
  return lengths
}

async function lastAnswer(page: Page): Promise<Answer> {
  const id = await page.locator('[data-answer]').last().getAttribute('data-answer')
  return page.evaluate(async (id) => (await fetch(`/api/answers/${id}`)).json(), id)
}

/** The cited spans of the shown unit, cut from the stored text of the original. */
async function citedText(page: Page, answer: Answer, index: number): Promise<string> {
  const citation = answer.citations[index]!
  const unit = citation.spans[0]!.unit
  const stored = await page.evaluate(
    async ([id, unit]) => (await fetch(`/api/documents/${id}/units/${unit}`)).json(),
    [citation.source.id, unit] as const,
  )
  return citation.spans
    .filter((span) => span.unit === unit)
    .map(({ start, end }) => stored.text.slice(start, end))
    .join('')
    .replaceAll('\n', '')
}

const markedText = async (page: Page) =>
  (await page.locator('[data-preview] mark').allTextContents()).join('').replaceAll('\n', '')

/** As the stored passage reads: compatibility forms folded, white space and the marks between cells left out. */
const bare = (text: string) => text.normalize('NFKC').replace(/[\s|]/g, '')

const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement } = document
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim() ?? ''
  })

async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key)
    const at = await focused(page)
    if (typeof name === 'string' ? at === name : name.test(at)) return
  }
  throw new Error(`${key} never reaches ${name}`)
}

/** Opens every page; each is free of findings, holds its width, and does not jump while it loads. */
async function visitAll(t: Test, page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts = globalThis as unknown as { shift: number }
    shifts.shift = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number
        hadRecentInput: boolean
      })[])
        if (!entry.hadRecentInput) shifts.shift += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  const document = await page
    .context()
    .request.get('/api/documents?q=.pdf')
    .then((found) => found.json())
  const conversation = await page
    .context()
    .request.get('/api/conversations')
    .then((found) => found.json())
  const places: [path: string, settled: string][] = [
    ['/ask', 'textarea'],
    [`/ask/${conversation.items[0].id}`, '[data-answer]'],
    ['/documents', '[data-document]'],
    [`/documents/${document.items[0].id}`, '[data-painted=true]'],
    [`/search?q=${encodeURIComponent('泄漏率')}`, '[data-hit]'],
    ['/ledger', '[data-entry]'],
    ['/status', '[data-health]'],
    ['/nowhere', 'h1'],
  ]
  for (const [path, settled] of places) {
    await page.goto(path)
    await page.locator(settled).first().waitFor({ timeout: 20_000 })
    t.same(await axeFindings(page), [], path)
    const measured = await page.evaluate(() => ({
      // Of the page and of every part that scrolls downwards; tables scroll sideways on purpose.
      tooWide: Math.max(
        ...[
          document.documentElement,
          ...document.querySelectorAll('[data-thread], main .overflow-y-auto'),
        ].map((part) => part.scrollWidth - part.clientWidth),
      ),
      shift: (globalThis as unknown as { shift: number }).shift,
    }))
    t.equal(measured.tooWide, 0, `${path} holds its width`)
    t.ok(measured.shift <= 0.1, `${path} shifts by ${measured.shift.toFixed(3)}`)
  }
}

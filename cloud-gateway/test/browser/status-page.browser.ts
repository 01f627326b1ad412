/** The status page in a real browser: both languages, both widths, light and dark. Pictures only where they are asked for. */
import { join } from 'node:path'
import t from 'tap'
import {
  axeFindings,
  noChromium,
  openPage,
  startChromium,
} from '../../../appliance/test/browser/support/chromium.ts'
import { openAdminServer } from '../../src/operator/admin-server.ts'
import { report } from '../support/status.ts'

const pictures = process.env.TANBOX_PICTURES

t.test('the status page', { skip: noChromium }, async (t) => {
  const browser = await startChromium()
  t.teardown(() => browser.close())
  let connections = 1234
  let fails = false
  const admin = await openAdminServer({
    tcp: { host: '127.0.0.1', port: 0, names: [] },
    socket: null,
    models: async () => [],
    async report() {
      if (fails) throw new Error('away')
      return report({ state: { ...report().state, connections } })
    },
    metrics: null,
    drain: async () => {},
    log: () => {},
  })
  t.teardown(() => admin.close())
  const url = `http://127.0.0.1:${admin.port}`

  for (const language of ['zh', 'en'] as const) {
    for (const width of [390, 1280] as const) {
      for (const dark of [false, true]) {
        const name = `${language}-${width}-${dark ? 'dark' : 'light'}`
        await t.test(`${name}: readable, accessible, and nothing from elsewhere`, async (t) => {
          const { page, context, trouble } = await openPage(browser, url, { width, dark, language })
          await page.goto('/')
          t.equal(await page.locator('html').getAttribute('lang'), language === 'zh' ? 'zh-CN' : 'en')
          t.same(await axeFindings(page), [])
          const wide = await page.evaluate(() => document.documentElement.scrollWidth)
          t.ok(wide <= width, `${wide} pixels wide`)
          if (pictures) await page.screenshot({ path: join(pictures, `status-${name}.png`), fullPage: true })
          t.same(trouble, [])
          await context.close()
        })
      }
    }
  }

  await t.test(
    'figures come again by themselves, unless one pauses them, and say when they are old',
    async (t) => {
      const { page, context, trouble } = await openPage(browser, url, {
        width: 1280,
        dark: false,
        language: 'en',
      })
      await page.clock.install()
      await page.goto('/')
      await page.getByText('1,234').waitFor()
      connections = 4321
      await page.clock.runFor(6000)
      await page.getByText('4,321').waitFor()
      await page.getByRole('button', { name: 'Pause updates' }).click()
      connections = 99
      await page.clock.runFor(12_000)
      t.equal(await page.getByText('4,321').count(), 1)
      await page.getByRole('button', { name: 'Go on updating' }).click()
      fails = true
      await page.clock.runFor(6000)
      await page.getByText('The gateway does not answer').waitFor()
      fails = false
      await page.clock.runFor(6000)
      await page.getByText('The gateway does not answer').waitFor({ state: 'detached' })
      t.equal(await page.getByText('4,321').count(), 0)
      await page.getByRole('link', { name: '中文' }).click()
      await page.getByRole('heading', { name: '网关状态' }).waitFor()
      t.same(trouble, [])
      await context.close()
    },
  )
})

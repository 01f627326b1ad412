import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** A reason to skip, or false. */
export const noChromium = existsSync(executablePath) ? false : `needs Debian's chromium at ${executablePath}`

export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Look {
  width: 390 | 1280
  dark: boolean
  language: 'zh' | 'en'
}

export interface Watched {
  page: Page
  context: BrowserContext
  /** What should never happen: requests that leave the box, breaches of the policy, errors of the page. */
  trouble: string[]
}

/** A page that notes all trouble. `cookies` carries a session over from another page. */
export async function openPage(
  browser: Browser,
  url: string,
  look: Look,
  cookies: Awaited<ReturnType<BrowserContext['cookies']>> = [],
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.width === 390 ? 844 : 800 },
    colorScheme: look.dark ? 'dark' : 'light',
    locale: look.language === 'zh' ? 'zh-CN' : 'en-GB',
    hasTouch: look.width === 390,
    baseURL: url,
  })
  await context.addCookies(cookies)
  const page = await context.newPage()
  const trouble: string[] = []
  page.on('request', (request) => {
    const to = request.url()
    if (!to.startsWith(url) && !to.startsWith('blob:') && !to.startsWith('data:'))
      trouble.push(`asked outside: ${to}`)
  })
  page.on('pageerror', (error) => trouble.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) trouble.push(`policy: ${message.text()}`)
  })
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`),
    )
  })
  return { page, context, trouble }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What axe finds on the page as it stands (all its rules), one line each. While a modal is open, the page behind it is
 * inert and only the modal is looked at.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  // A page that has not been drawn yet has no heading either.
  await page.waitForSelector('h1', { state: 'attached' })
  // Not as a script element, which the policy forbids.
  await page.evaluate(axeSource)
  return page.evaluate(async () => {
    // Half faded in, everything lacks contrast.
    const passing = document
      .getAnimations()
      .filter((each) => each.effect?.getComputedTiming().iterations !== Infinity)
    await Promise.all(passing.map((each) => each.finished.catch(() => undefined)))
    type Result = { violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }
    const { axe } = globalThis as unknown as { axe: { run(context: Node): Promise<Result> } }
    const { violations } = await axe.run(
      document.querySelector('[role=dialog], [role=alertdialog]') ?? document,
    )
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
    )
  })
}

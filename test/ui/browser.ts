import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export interface Visit {
  readonly page: Page
  /** What a proud page never does: errors in the console, requests to other hosts, breaches of the content security policy. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** A Chromium of this machine, without a window. */
export function openBrowser(): Promise<Browser> {
  const executablePath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap(folder => ['chromium', 'chromium-browser', 'google-chrome'].map(name => join(folder, name)))
    .find(path => existsSync(path))
  if (!executablePath) throw new Error('The journeys need a Chromium on the PATH: apt-get install chromium.')
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** A visitor with cookies of their own: Portuguese and a wide screen unless `options` say otherwise. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'pt-BR',
    timezoneId: 'America/Sao_Paulo',
    viewport: { width: 1440, height: 900 },
    ...options,
  })
  context.setDefaultTimeout(30_000) // two cores, and other tests beside this one
  const page = await context.newPage()
  const problems: string[] = []
  const watch = (page: Page) => {
    page.on('pageerror', error => problems.push(`error: ${error.message}`))
    page.on('request', request => !request.url().startsWith(url) && problems.push(`request to ${request.url()}`))
    page.on('console', message => {
      // Who is not signed in yet is told so with 401 and wrong forms with 422: the browser prints that, it is no fault.
      if (message.type() === 'error' && !/status of (401|422)/.test(message.text())) problems.push(message.text())
    })
  }
  context.on('page', watch)
  watch(page)
  return { page, problems, close: () => context.close() }
}

export async function signIn(
  page: Page,
  host: { readonly email: string; readonly password: string },
  path = '/admin/',
): Promise<void> {
  await page.goto(path)
  await page.getByLabel(/^E-mail/).fill(host.email)
  await page.locator('input[name=password]').fill(host.password)
  await page.locator('button[type=submit]').click()
  await page.locator('#main h1').waitFor() // the page itself: the sign-in page has a heading, too
}

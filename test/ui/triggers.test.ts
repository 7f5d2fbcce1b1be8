import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit } from './browser.ts'

const PLAYBOOK = `id: every-way
name: Todo tipo de gatilho
module: vendas
triggers:
  - event: lead.captured
    if: \${{ event.lead.email != null }}
  - schedule: { cron: '0 9 * * 1-5', timezone: America/Sao_Paulo }
  - schedule: { every: 15m }
  - webhook: { id: formulario }
  - manual: true
steps: [ { wait: 1m } ]
`

let folder: string
let host: TestHost
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trae-triggers-'))
  await writeFile(join(folder, 'every-way.yaml'), PLAYBOOK)
  ;[host, browser] = await Promise.all([startHost({ TRAE_PLAYBOOKS_DIR: folder }), openBrowser()])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await host?.stop()
  await rm(folder, { recursive: true, force: true })
})

it(
  'the page of a playbook shows when it fires next, and the addresses of its webhooks; what is posted to try out is shown',
  { timeout: 180_000 },
  async () => {
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const { page, problems, close } = await visit(browser, host.url, { viewport })
      await signIn(page, host, '/admin/playbooks/every-way')
      const card = page.getByRole('region', { name: 'Gatilhos' })
      await card.getByText('lead.captured', { exact: true }).waitFor()
      await card.getByText('0 9 * * 1-5').waitFor()
      await card.getByText('a cada 15m').waitFor()
      await expect.poll(() => card.getByText('Próximo disparo').count()).toBe(2)
      const urls = await card.locator('code[title^="http"]').allTextContents()
      expect(urls).toEqual([
        expect.stringMatching(new RegExp(`^${host.url}/hooks/p/[\\w-]{32}$`)),
        expect.stringMatching(new RegExp(`^${host.url}/hooks/p/[\\w-]{32}$`)),
      ])
      const posted = await fetch(urls[1]!, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ nome: `Ana ${viewport.width}` }),
      })
      expect(posted.status).toBe(200)
      await page.reload()
      await card.getByText(/^Ver o/).click()
      await card.getByText(`Ana ${viewport.width}`).waitFor()
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wide, 'nothing stands beyond the edge').toBeLessThanOrEqual(0)
      if (process.env['SCREENSHOTS']) {
        await card.scrollIntoViewIfNeeded()
        await page.screenshot({
          path: join(process.env['SCREENSHOTS'], `triggers-${viewport.width}.png`),
          fullPage: true,
        })
      }
      expect(problems).toEqual([])
      await close()
    }
  },
)

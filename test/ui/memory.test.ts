import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { forgetEntry } from '../../core/memory/forget.ts'
import { storeEntry } from '../../core/memory/store-entry.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await host?.stop()
})

it(
  'the page Memory teaches while it is empty, finds by words and meaning, and forgets what it is told to',
  { timeout: 180_000 },
  async () => {
    const { page, problems, close } = await visit(browser, host.url)
    await signIn(page, host, '/admin/memory')
    await page.getByText('Nada é lembrado ainda').waitFor()
    await look(page, 'memory-empty')

    const { core } = host.host
    const [workspace] = await core.sql.query<{ id: never }>({ name: '', text: 'select id from workspaces' })
    const store = (content: string, more: object) =>
      storeEntry(core, workspace!.id, { type: 'note', content, ...more } as never, content)
    await store('A padaria aceitou 10% de desconto no plano anual.', {
      type: 'decision',
      module: 'vendas',
      outcome: 'success',
    })
    await store('Sem funil: as indicações chegam por telefone e se perdem.', {
      type: 'diagnostic',
      company: 'Padaria São José',
    })
    await store('Prefere ligações depois das 14 h.', {
      type: 'lead',
      email: 'ana@acme.com.br',
      data: { canal: 'telefone' },
    })
    // Nobody loads the page again: what is stored meanwhile shows by itself
    await page.getByText('lead_ana@acme.com.br').first().waitFor()
    await page.getByText('3', { exact: true }).waitFor()
    const bob = await store('Pediu para não ligar.', { type: 'lead', email: 'bob@acme.com.br' })
    await page.locator('article', { hasText: 'Pediu para não ligar.' }).waitFor()
    await page.getByRole('status').filter({ hasText: 'Guardado:' }).getByText('lead_bob@acme.com.br').waitFor()
    await forgetEntry(core, workspace!.id, bob.key)
    await page.locator('article', { hasText: 'Pediu para não ligar.' }).waitFor({ state: 'detached' })
    await look(page, 'memory')

    await page.getByRole('searchbox').or(page.getByLabel('Buscar por palavras ou sentido')).first().fill('descontos')
    await page.locator('mark', { hasText: 'desconto' }).waitFor()
    expect(await page.locator('article').first().innerText()).toContain('A padaria aceitou')
    await page.getByRole('button', { name: 'Detalhes' }).first().click()
    await look(page, 'memory-found')

    await page.getByRole('button', { name: 'Esquecer' }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Esquecer' }).click()
    await expect.poll(() => page.locator('mark').count()).toBe(0)
    expect(problems).toEqual([])
    await close()
  },
)

import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
let visitor: Visit
beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  const problems = visitor?.problems ?? []
  await browser?.close()
  await host?.stop()
  expect(problems).toEqual([])
})

const WAIT = { timeout: 20_000 }

it(
  'what is held of a person is shown, exported, corrected, and erased when they are typed again',
  { timeout: 240_000 },
  async () => {
    const { page } = visitor
    await signIn(page, host, '/admin/settings/privacy')
    await page.getByRole('heading', { name: 'Encontrar uma pessoa' }).waitFor()
    await look(page, 'privacy-empty')
    const { core, workspaceId } = host.host
    const lead = leadInput.parse({
      name: 'Marta Lemos',
      email: 'marta@example.com',
      phone: '+55 11 98765-4321',
      company: 'Lemos',
      consent: { basis: 'CONSENT' },
    })
    await captureLead(core, workspaceId, lead, { source: 'test' })
    const find = page.getByRole('region', { name: 'Encontrar uma pessoa' })
    await find.getByLabel('E-mail, telefone ou lead').fill('marta@example.com')
    await find.getByRole('button', { name: 'Procurar' }).click()
    const held = page.getByRole('region', { name: 'O que está guardado' })
    await held.getByText('Marta Lemos').waitFor()
    await held.getByText('Base legal: consentimento').waitFor()
    await look(page, 'privacy-held')

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      held.getByRole('button', { name: 'Exportar' }).click(),
    ])
    const bundle = JSON.parse(await readFile(await download.path(), 'utf8'))
    expect(bundle.tables.leads[0]).toMatchObject({ name: 'Marta Lemos', email: 'marta@example.com' })
    const requests = page.getByRole('region', { name: 'Pedidos' })
    await requests.getByText('Exportação').waitFor()

    await held.getByRole('button', { name: 'Corrigir' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Nome').fill('Marta Lemos Prado')
    await look(page, 'privacy-correct')
    await dialog.getByRole('button', { name: 'Corrigir' }).click()
    await held.getByText('Marta Lemos Prado').waitFor()

    await held.getByRole('button', { name: 'Retirar consentimento' }).click()
    await look(page, 'privacy-withdraw')
    await page.getByRole('dialog').getByRole('button', { name: 'Retirar consentimento' }).click()
    await held.getByText('retirado em').waitFor()
    await held.getByText('pediu para não receber mensagens').waitFor()
    expect(await held.getByRole('button', { name: 'Retirar consentimento' }).count()).toBe(0)

    await held.getByRole('button', { name: 'Excluir' }).click()
    const erase = page.getByRole('dialog')
    await erase.getByLabel('Digite marta@example.com para confirmar').fill('somebody@example.com')
    await erase.getByRole('button', { name: 'Excluir' }).click()
    await erase.getByText('Nada foi excluído').waitFor()
    await look(page, 'privacy-erase')
    await erase.getByLabel('Digite marta@example.com para confirmar').fill('marta@example.com')
    await erase.getByRole('button', { name: 'Excluir' }).click()
    await held.getByText('Na lista de quem não volta a entrar.').waitFor()
    await expect.poll(() => held.getByText('Marta Lemos').count(), WAIT).toBe(0)
    await requests.getByText('uma pessoa que foi excluída').first().waitFor()

    const kept = page.getByRole('region', { name: 'Por quanto tempo se guarda' })
    await kept.getByLabel('Execuções encerradas').fill('3')
    await kept.getByRole('button', { name: 'Salvar' }).click()
    await kept.getByRole('alert').waitFor()
    await kept.getByLabel('Execuções encerradas').fill('90')
    await kept.getByRole('button', { name: 'Salvar' }).click()
    await kept.getByText('Salvo.').waitFor()
    await look(page, 'privacy-done')
    await page.goto(`${host.url}/admin/`)
    await page.getByRole('region', { name: 'Últimos 30 dias, em tempo real' }).waitFor()
    await look(page, 'home-figures')
  },
)

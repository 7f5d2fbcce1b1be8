import { expect, it } from 'vitest'
import { removeSampleLead } from '../../core/privacy/remove-sample.ts'
import { signIn, visit } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a sample lead goes through the flow, is answered for, and is removed with all that came of it',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await signIn(page, desk.host)
    const steps = page.getByRole('region', { name: 'Primeiros passos' })
    await steps.getByRole('button', { name: 'Testar com um lead de exemplo' }).waitFor()
    await look(page, 'sample-before')
    await steps.getByRole('button', { name: 'Testar com um lead de exemplo' }).click()
    await steps.getByText('Há um lead de exemplo').waitFor()
    await steps.getByText('2 de 6').waitFor()
    const figures = page.getByRole('region', { name: /Últimos 30 dias/ })
    await figures.getByRole('link', { name: /^0\s*Leads/ }).waitFor()
    await look(page, 'sample-there')

    await steps.getByRole('link', { name: 'Ver o lead de exemplo' }).click()
    await page.getByRole('heading', { name: 'Ana Exemplo' }).waitFor()
    await page.getByRole('region', { name: 'Dados' }).getByText('Exemplo', { exact: true }).waitFor()
    await look(page, 'sample-lead')
    await page.getByRole('link', { name: 'Caixa de e-mail', exact: true }).first().click()
    await page.getByRole('navigation', { name: 'Conversas' }).getByText('Ana Exemplo').click()
    await page.getByLabel('Responder como Ana Exemplo').fill('Sim, podemos conversar na quinta de manhã.')
    await page.getByRole('button', { name: 'Enviar resposta' }).click()
    await page
      .getByText(/^Reunião confirmada/)
      .last()
      .waitFor()

    await page.goto(`${desk.host.url}/admin/`)
    await steps.getByText('4 de 6').waitFor()
    await steps.getByRole('button', { name: 'Remover o exemplo' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('As execuções dele são paradas').waitFor()
    await look(page, 'sample-remove')
    await dialog.getByRole('button', { name: 'Remover o exemplo' }).click()
    await steps.getByText('0 de 6').waitFor()
    expect(await steps.getByText('Há um lead de exemplo').count()).toBe(0)
    expect(await removeSampleLead(core, workspaceId, undefined)).toBeUndefined()

    const english = await visit(desk.browser, desk.host.url, { locale: 'en-US' })
    await signIn(english.page, desk.host)
    await english.page.getByRole('button', { name: 'Try with a sample lead' }).click()
    await english.page.getByText('There is a sample lead').waitFor()
    await english.page
      .getByRole('link', { name: /Ana Sample/ })
      .first()
      .waitFor()
    await look(english.page, 'sample-english')
    expect(english.problems).toEqual([])
    await english.close()
  },
)

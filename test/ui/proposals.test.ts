import { expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { signIn, visit } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a proposal is written for a lead, sent by its link, accepted by the customer, and the page says who and when',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    const lead = leadInput.parse({ name: 'Conceição Araújo', email: 'c@example.com', company: 'Padaria São João' })
    await captureLead(core, workspaceId, lead, { source: 'test' })
    await signIn(page, desk.host, '/admin/proposals')
    await page.getByText('Nenhuma proposta ainda').waitFor()
    await look(page, 'proposals-empty')
    await page.getByRole('link', { name: 'Nova proposta' }).first().click()
    await page.getByLabel('Buscar lead').fill('padaria')
    await page.getByRole('button', { name: /Conceição Araújo/ }).click()
    await page.getByLabel('Título').fill('Energia solar para a padaria')
    await page.getByLabel('Apresentação').fill('Olá, Conceição!\n\nSegue o que combinamos.')
    await page.getByRole('button', { name: 'Criar rascunho' }).click()
    await page.getByText('Um valor como 1.990,00.').waitFor()
    await look(page, 'proposals-refused')
    const first = page.getByRole('region', { name: 'Item 1' })
    await first.getByLabel('Descrição').fill('Painel de 550 W')
    await first.getByLabel('Qtd.').fill('12')
    await first.getByLabel('Preço unitário').fill('1.990,05')
    await page.getByText('R$ 23.880,60').first().waitFor()
    await page.getByRole('button', { name: 'Criar rascunho' }).click()
    await page.getByRole('heading', { name: 'Energia solar para a padaria', level: 1 }).waitFor()
    await page.getByRole('textbox', { name: 'Condições' }).fill('Pagamento em 30 dias.')
    await page.getByRole('button', { name: 'Salvar rascunho' }).click()
    await page.getByRole('button', { name: 'Marcar como enviada' }).click()
    await look(page, 'proposals-send')
    await page.getByRole('dialog').getByRole('button', { name: 'Foi enviada' }).click()
    await page.getByRole('button', { name: 'Foi aceita' }).waitFor()

    const asked = `query { proposals { edges { node { url pdfUrl } } } }`
    const answer = await page.evaluate(async query => {
      const csrf = { 'content-type': 'application/json', 'x-trae-csrf': '1' }
      const response = await fetch('/graphql', { method: 'POST', headers: csrf, body: JSON.stringify({ query }) })
      return response.text()
    }, asked)
    const { url } = JSON.parse(answer).data.proposals.edges[0].node
    const customer = await visit(desk.browser, desk.host.url)
    await customer.page.goto(new URL(url).pathname)
    await look(customer.page, 'proposals-public')
    await customer.page.getByLabel('Seu nome completo').fill('Conceição Araújo')
    await customer.page.getByRole('button', { name: 'Aceitar a proposta' }).click()
    await customer.page.getByText(/Aceita por Conceição Araújo em/).waitFor()
    await look(customer.page, 'proposals-public-accepted')
    expect(customer.problems).toEqual([])
    await customer.close()

    await page.getByText('Respondida por Conceição Araújo, pelo link.').waitFor()
    await look(page, 'proposals-accepted')
    await page.goto(`${desk.host.url}/admin/proposals`)
    await page.getByText('Aceita', { exact: true }).first().waitFor()
    await look(page, 'proposals-list')
  },
)

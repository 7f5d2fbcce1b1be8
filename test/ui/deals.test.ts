import { expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { moveDeal, openDeal } from '../../core/sales/deals.ts'
import { listCustomers, updateCustomer } from '../../core/sales/customers.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a deal is opened on the page of a lead, moved on the board, won, and makes a customer whose onboarding begins',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await signIn(page, desk.host, '/admin/deals')
    await page.getByText('Nenhum negócio ainda').waitFor()
    await look(page, 'deals-empty')
    await page.goto(`${desk.host.url}/admin/customers`)
    await page.getByText('Nenhum cliente ainda').waitFor()
    await look(page, 'customers-empty')

    const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@example.com', company: 'Acme Solar' })
    await captureLead(core, workspaceId, lead, { source: 'test' })
    await page.goto(`${desk.host.url}/admin/leads`)
    await page.getByRole('link', { name: /Ana Souza/ }).click()
    const deals = page.getByRole('region', { name: 'Negócios' })
    await deals.getByText('Nenhum negócio com este lead').waitFor()
    await deals.getByRole('button', { name: 'Abrir negócio' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Valor em reais').fill('12,345')
    await dialog.getByRole('button', { name: 'Abrir negócio' }).click()
    await dialog.getByText(/^Valor inválido\. O servidor diz: .*at most two decimals/).waitFor()
    await dialog.getByLabel('Valor em reais').fill('R$ 12.345,60')
    await look(page, 'deal-open')
    await dialog.getByRole('button', { name: 'Abrir negócio' }).click()
    await deals.getByText('R$ 12.345,60').waitFor()
    await look(page, 'lead-deals')

    await page.getByRole('link', { name: 'Negócios', exact: true }).first().click()
    const column = (name: string) => page.getByRole('region', { name, exact: true })
    await column('Prospecção').getByText('Acme Solar').waitFor()
    await page.getByRole('button', { name: 'Editar Acme Solar' }).click()
    const edit = page.getByRole('dialog')
    expect(await edit.getByLabel('Valor em reais').inputValue()).toBe('12345,60')
    await edit.getByLabel('Valor em reais').fill('20.000')
    await edit.getByLabel('Fechamento esperado').fill('2030-05-31')
    await look(page, 'deal-edit')
    await edit.getByRole('button', { name: 'Salvar' }).click()
    await column('Prospecção').getByText('R$ 20.000,00').first().waitFor()
    await page.getByLabel('Mover Acme Solar para').selectOption('PROPOSAL')
    await column('Proposta').getByText('R$ 20.000,00').first().waitFor()
    await look(page, 'deals-board') // and no card beyond its column:
    const wide = await page.getByRole('article', { name: 'Acme Solar' }).boundingBox()
    const around = await column('Proposta').boundingBox()
    expect(wide!.x + wide!.width).toBeLessThanOrEqual(around!.x + around!.width)
    await page.getByLabel('Mover Acme Solar para').selectOption('WON')
    await look(page, 'deal-won')
    await page.getByRole('dialog').getByRole('button', { name: 'Foi ganho' }).click()
    await column('Ganho').getByText('Acme Solar').waitFor()

    // Only what was won: what is moved there comes as it happens, what is moved away goes
    await page.goto(`${desk.host.url}/admin/deals?stage=WON`)
    await column('Ganho').getByText('Acme Solar').waitFor()
    const sent = { source: 'test' } as const
    const other = leadInput.parse({ name: 'Bia Lima', email: 'bia@example.com', company: 'Bia Solar' })
    const { leadId } = await captureLead(core, workspaceId, other, sent)
    const { id } = await openDeal(core, workspaceId, { leadId, title: 'Bia Solar' }, sent)
    await moveDeal(core, workspaceId, { id, stage: 'WON' }, sent)
    await column('Ganho').getByText('Bia Solar').first().waitFor()
    await moveDeal(core, workspaceId, { id, stage: 'PROPOSAL' }, sent)
    await expect.poll(() => page.getByText('Bia Solar').count()).toBe(0)

    await page.getByRole('link', { name: 'Clientes', exact: true }).first().click()
    const card = page.getByRole('region', { name: 'Acme Solar' })
    await card.getByText('Em onboarding').waitFor()
    const factors = [
      { name: 'use', points: 30, value: '8/10', reason: 'Usa bem: 8/10 lugares ativos.' },
      { name: 'tickets', points: 12, value: '2', reason: 'Chamados abertos: 2.' },
    ]
    const { items } = await listCustomers(core, workspaceId, {})
    const customer = items.find(({ node }) => node.name === 'Acme Solar')
    const health = { score: 42, factors }
    await updateCustomer(core, workspaceId, { id: customer!.node.id, patch: { health } }, { source: 'test' })
    await card.getByText('Por que esta nota').click()
    await card.getByText('Usa bem: 8/10 lugares ativos.').waitFor()
    await look(page, 'customers')
    await page.getByRole('button', { name: 'Indo bem' }).click()
    await page.getByText('Nenhum cliente encontrado').waitFor()
    await page.getByRole('button', { name: 'Em risco' }).click()
    await card.waitFor()

    // From the customer to what was sold to them, and what could be
    await card.getByRole('link', { name: 'Negócios do cliente' }).click()
    await column('Ganho').getByText('Acme Solar').waitFor()
    expect(await page.getByText('Bia Solar').count()).toBe(0)

    // The kickoff and, for a health of 42, a hand held out: in working hours at once, else its run waits for them
    await page.goto(`${desk.host.url}/admin/mailbox`)
    await page.getByText('Ana Souza').first().click()
    await page
      .getByText(/Bem-vindo/)
      .first()
      .waitFor()
    const started = `select p.slug from runs r join playbooks p on p.id = r.playbook_id`
    await expect
      .poll(async () => (await core.sql.query<{ slug: string }>({ name: '', text: started })).map(run => run.slug))
      .toContain('help-customer')
  },
)

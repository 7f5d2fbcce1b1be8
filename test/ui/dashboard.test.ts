import { expect, it } from 'vitest'
import { recordMetrics } from '../../core/brain/metric-history.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { startCustomer, updateCustomer } from '../../core/sales/customers.ts'
import { moveDeal, openDeal } from '../../core/sales/deals.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { statement } from '../../core/sql.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()
const FROM = { source: 'test' }

it(
  'the dashboard says what is not known, fills as things happen, and each figure leads to its rows',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await signIn(page, desk.host, '/admin/dashboard')
    await page.getByRole('heading', { name: 'Ainda não há números' }).waitFor()
    await look(page, 'dashboard-empty')

    const capture = async (n: number) =>
      (
        await captureLead(
          core,
          workspaceId,
          leadInput.parse({ name: `Lead ${n}`, email: `l${n}@example.com`, source: n % 3 ? 'WEBSITE' : 'REFERRAL' }),
          FROM,
        )
      ).leadId
    const value = { amount: '12000.00', currency: 'BRL' as const }
    const first = await capture(0)
    await openDeal(core, workspaceId, { leadId: first, title: 'Acme', value, expectedCloseOn: '2030-03-10' }, FROM)

    // By itself, and without a figure that nobody could know
    const forecast = page.getByRole('region', { name: 'Previsão' })
    await forecast.getByText(/^Dados insuficientes: 0 negócios fechados/).waitFor()
    await look(page, 'dashboard-first')

    for (let n = 1; n <= 40; n++) {
      const leadId = await capture(n)
      const { id } = await openDeal(core, workspaceId, { leadId, title: `Negócio ${n}`, value }, FROM)
      if (n > 34) continue
      await moveDeal(core, workspaceId, { id, stage: 'PROPOSAL' }, FROM)
      await moveDeal(core, workspaceId, { id, stage: n <= 2 ? 'WON' : 'LOST' }, FROM)
      if (n > 2) continue
      const mrr = { amount: '900.00', currency: 'BRL' as const }
      const customer = await startCustomer(core, workspaceId, { leadId, mrr }, FROM)
      await updateCustomer(
        core,
        workspaceId,
        { id: customer.id, patch: { health: { score: 40 * n, factors: [] } } },
        FROM,
      )
    }
    await forecast.getByText(/baseada em 34 fechados/).waitFor()
    const figures = page.getByRole('region', { name: 'Números' })
    await figures.getByRole('link', { name: /^Leads 41 / }).waitFor()
    await figures.getByRole('link', { name: /^Receita em reais R\$ 24\.000,00/ }).waitFor()
    await look(page, 'dashboard')

    const decisions = page.getByRole('region', { name: 'Decisões sugeridas' })
    const few = decisions.getByRole('listitem').filter({ hasText: 'Poucos negócios fechados são ganhos' })
    await few.getByText('Negócios ganhos: 2').waitFor()
    await few.getByRole('button', { name: 'Analisar os preços' }).click()
    await few.getByText('Aceita: em andamento').waitFor()
    const risk = decisions.getByRole('listitem').filter({ hasText: 'Alguns clientes não vão bem' })
    await risk.getByRole('button', { name: 'Recusar' }).click()
    await risk.getByText('Recusada').waitFor()
    await look(page, 'dashboard-answered')

    await figures.getByRole('link', { name: /^Negócios ganhos 2 / }).click()
    await page.getByText(/^Só: Ganho, fechados de/).waitFor()
    await page.getByText('Negócio 1', { exact: true }).waitFor()
    expect(await page.getByText('Acme', { exact: true }).count()).toBe(0)
    await look(page, 'dashboard-deals')
    await page.getByRole('button', { name: 'Mostrar tudo' }).click()
    await page.getByText('Acme', { exact: true }).waitFor()

    await page.goto(`${desk.host.url}/admin/dashboard?days=7`)
    await page
      .getByRole('region', { name: 'Funil' })
      .getByRole('row', { name: /^Com negócio/ })
      .getByRole('link')
      .click()
    await page.getByText(/com negócio\.$/).waitFor()
    await page.getByText('25 de 41').waitFor()
    await look(page, 'dashboard-leads')

    await page.goto(`${desk.host.url}/admin/dashboard`)
    await page
      .getByRole('region', { name: 'Números' })
      .getByRole('link', { name: /^Clientes em risco 1 / })
      .click()
    await page.getByText('Só quem é cliente agora.').waitFor()
    await expect.poll(() => page.getByRole('region', { name: /^Lead \d/ }).count()).toBe(1)
  },
)

it('a day that is over is drawn, with a table behind it, in English too', { timeout: 120_000 }, async () => {
  const { page } = desk.visitor
  const { core } = desk.host.host
  await page.goto(`${desk.host.url}/admin/dashboard`)
  await page.getByRole('region', { name: 'Dia a dia' }).getByText('O primeiro dia fica guardado').waitFor()
  for (const text of [
    `update workspaces set created_at = now() - interval '3 days'`,
    `update leads set created_at = now() - interval '1 day' where name < 'Lead 3'`,
  ])
    await core.sql.query(statement('', text))
  await recordMetrics(core)
  await page.reload()
  const days = page.getByRole('region', { name: 'Dia a dia' })
  await days.getByText('Ver como tabela').click()
  await days.getByRole('row').first().waitFor()
  await page.getByRole('button', { name: 'English' }).first().click()
  await page.getByRole('heading', { name: 'Day by day' }).waitFor()
  await look(page, 'dashboard-english')
  await page.emulateMedia({ colorScheme: 'dark' })
  await look(page, 'dashboard-dark')
  await page.emulateMedia({ colorScheme: 'light' })
})

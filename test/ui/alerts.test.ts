import { expect, it } from 'vitest'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()
const run = (text: string) => desk.host.host.core.sql.query({ name: '', text })

it(
  'an alert appears while one looks, is taken, and is over; rules and channels are set beside it',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    await signIn(page, desk.host, '/admin/alerts')
    await page.getByText('Tudo dentro dos limites').waitFor()
    await page.getByRole('listitem', { name: 'Saúde do cérebro' }).getByText('A saúde fica abaixo de 80.').waitFor()
    await look(page, 'alerts-empty')

    await run(`insert into incidents (id, workspace_id, module, status, summary, failures, failures_from, opened_at, escalated_at, updated_at)
    select gen_random_uuid(), id, 'vendas', 'escalated', 'TIMEOUT: o CRM não respondeu', 5, now(), now(), now(), now() from workspaces`)
    const alert = page.getByRole('region', { name: 'Módulo em modo manual' })
    await alert.getByText('O módulo Vendas precisa de você: ele está em modo manual.').waitFor({ timeout: 60_000 })
    await alert.getByText('TIMEOUT: o CRM não respondeu').waitFor()
    await page
      .getByRole('link', { name: /Avisos: \d+ não lid/ })
      .first()
      .waitFor({ timeout: 60_000 })
    await alert.getByText(/Quem foi avisado \(2\)/).click()
    await alert.getByText('Entregue').first().waitFor({ timeout: 60_000 })
    await look(page, 'alerts-firing')
    await alert.getByRole('button', { name: 'Estou cuidando disso' }).click()
    await alert.getByText('Em atendimento').waitFor()

    const rule = page.getByRole('listitem', { name: 'Nenhum lead novo' })
    await rule.getByLabel('Limite: Nenhum lead novo').fill('48')
    await rule.getByRole('button', { name: 'Salvar' }).click()
    await rule.getByText('Nenhum lead chega há mais de 48 h.').waitFor()
    await rule.getByRole('button', { name: 'Silenciar por 24 h' }).click()
    await rule.getByText('Silenciada até').waitFor()

    const webhook = page.getByRole('listitem', { name: 'Webhook' })
    await webhook.getByRole('button', { name: 'Conectar' }).click()
    await page.getByLabel('Endereço (https)').fill('https://alerts.example.com/trae')
    await look(page, 'alerts-connect')
    await page.getByRole('dialog').getByRole('button', { name: 'Conectar' }).click()
    await webhook.getByText(/^whsec_/).waitFor()
    await webhook.getByText('alerts.example.com', { exact: true }).waitFor()
    await webhook.getByRole('button', { name: 'Desconectar' }).click()
    await webhook.getByText('não conectado').waitFor()

    await run(`update incidents set status = 'resolved', resolved_at = now()`)
    await alert.getByText('Resolvido', { exact: true }).waitFor({ timeout: 60_000 })
    await page.getByRole('group', { name: 'Quais' }).getByRole('button', { name: 'Abertos' }).click()
    await page.getByText('Nenhum alerta assim').waitFor()
    await page.getByRole('group', { name: 'Quais' }).getByRole('button', { name: 'Todos' }).click()
    await page.getByRole('button', { name: 'English' }).first().click()
    await page.getByRole('region', { name: 'Module in manual mode' }).getByText('The module Vendas needs you').waitFor()
    await look(page, 'alerts-english')
    expect(desk.visitor.problems).toEqual([])
  },
)

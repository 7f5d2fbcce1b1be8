import { it } from 'vitest'
import { endCall, startCall } from '../../core/sales/calls.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a call is opened from its meeting, what is typed brings suggestions beside it, and it ends with a summary',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@example.com', company: 'Aurora' })
    const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
    const startsAt = new Date(Date.now() + 3_600_000).toISOString()
    const endsAt = new Date(Date.now() + 5_400_000).toISOString()
    const meeting = { leadId, title: 'Conversa com a Aurora', startsAt, endsAt, attendees: [] }
    await scheduleMeeting(core, workspaceId, meeting, { key: 'test', runId: null })
    await signIn(page, desk.host, '/admin/meetings')
    await page.getByRole('button', { name: 'Abrir a call' }).first().click()
    await page.getByText('Nada ainda. Digite o que o lead disser').waitFor()
    await look(page, 'call-empty')
    const said = page.getByRole('textbox', { name: 'O que foi dito' })
    await said.fill('Achei caro. Vocês integram com o WhatsApp?')
    await said.press('Enter')
    await page.getByText('Perguntas sem resposta').waitFor()
    await page.getByText('Sem modelo de linguagem').waitFor()
    await page.getByRole('button', { name: 'Nós' }).click()
    await said.fill('Integramos, sim. Qual é o prazo de vocês?')
    await said.press('Enter')
    await page.getByText('Até a fala 2.').waitFor()
    await look(page, 'call')
    await page.getByRole('button', { name: 'Encerrar' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Encerrar' }).click()
    await page.getByRole('region', { name: 'Resumo' }).waitFor()
    await page.getByText('Preço:').first().waitFor()
    await look(page, 'call-ended')
    await page.goto('/admin/calls')
    await page.getByRole('link', { name: /Ana Souza/ }).waitFor()

    // What somebody else begins and ends is seen without loading again
    const bia = leadInput.parse({ name: 'Bia Lima', email: 'bia@example.com', company: 'Boreal' })
    const other = await captureLead(core, workspaceId, bia, { source: 'test' })
    const call = await startCall(core, workspaceId, { leadId: other.leadId }, { by: null })
    const row = page.getByRole('link', { name: /Bia Lima/ })
    await row.filter({ hasText: 'em andamento' }).waitFor()
    await look(page, 'calls')
    await endCall(core, workspaceId, call.id)
    await row.filter({ hasText: 'encerrada' }).waitFor()
    await page.getByRole('button', { name: 'em andamento' }).click()
    await page.getByText('Nenhuma call encontrada').waitFor()
    await page.getByRole('button', { name: 'encerrada' }).click()
    await page.getByRole('link', { name: /Ana Souza/ }).waitFor()
    await page.goto(`/admin/leads/${encodeURIComponent(encodeNodeId('Lead', leadId))}`)
    await page.getByRole('button', { name: 'Começar uma call' }).waitFor()
    await look(page, 'lead-with-call')
    await page.getByRole('button', { name: 'Começar uma call' }).click()
    await page.getByText('Nada ainda. Digite o que o lead disser').waitFor()
  },
)

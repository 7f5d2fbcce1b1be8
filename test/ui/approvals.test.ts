import { expect, it } from 'vitest'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { decideApproval } from '../../core/runs/approvals/decide-approval.ts'
import { listApprovals } from '../../core/runs/approvals/read-approvals.ts'
import { startByHand } from '../../core/triggers/start-by-hand.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const PLAYBOOK = `id: desconto
name: Desconto
module: vendas
triggers: [{ manual: true }]
steps:
  - id: pode
    name: Pode dar o desconto?
    approval:
      title: Um desconto de 20%
      message: O cliente pede desconto para fechar hoje.
      of: [owner@example.com, bia@example.com]
      required: 2
      timeout: 2d
      selfApproval: true
      form:
        motivo: { type: string, required: true, enum: [volume, prazo], description: Por que dar }
`

const desk = useDesk()

it(
  'an approval appears while one looks, is counted in the navigation, and is decided with its form',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await publishPlaybook(core, workspaceId, PLAYBOOK)
    await signIn(page, desk.host, '/admin/approvals')
    await page.getByText('Ninguém foi perguntado ainda').waitFor()
    await look(page, 'approvals-empty')

    await startByHand(core, workspaceId, { playbook: 'desconto', inputs: {}, by: workspaceId })
    const card = page.getByRole('region', { name: 'Um desconto de 20%' })
    await card.getByText('O cliente pede desconto para fechar hoje.').waitFor()
    await page.getByTitle('1 espera por você').first().waitFor()
    await card.getByText('Precisa de 2 de 2.').waitFor()
    await look(page, 'approvals-open')

    await card.getByRole('link', { name: 'Execução de Desconto' }).click()
    await page.getByText('Decida na página Aprovações').waitFor()
    await page.getByRole('link', { name: 'Ver a aprovação' }).click()
    await page.waitForURL(/approvals\?run=/)

    await card.getByRole('button', { name: 'Aprovar' }).click() // the desk.browser wants the form first
    expect(await card.getByText('owner (você)').locator('..').getByText('ainda não decidiu').count()).toBe(1)
    await card.getByLabel('Por que dar').selectOption('volume')
    await card.getByLabel('Comentário').fill('cliente antigo')
    await card.getByRole('button', { name: 'Aprovar' }).click()
    await card.getByText('aprovou', { exact: true }).waitFor()
    await card.getByText('cliente antigo').waitFor()
    expect(await card.getByRole('button', { name: 'Aprovar' }).count()).toBe(0)
    await page.getByTitle('1 espera por você').first().waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Encerradas' }).click()
    await page.getByText('Nenhuma aprovação aqui').waitFor()

    await page.goto('/admin/approvals')
    await card.getByText('Aberta', { exact: true }).waitFor()
    const approvalId = (await listApprovals(core, workspaceId, { first: 1 })).items[0]!.node.id
    await decideApproval(core, workspaceId, { approvalId, email: 'bia@example.com', decision: 'rejected' })
    await card.getByText('Rejeitada', { exact: true }).waitFor() // told by the stream
    await card.getByText('rejeitou', { exact: true }).waitFor()
    await look(page, 'approvals-decided')
  },
)

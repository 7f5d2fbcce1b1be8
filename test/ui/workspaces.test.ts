import { expect, it } from 'vitest'
import { createWorkspace } from '../../core/brain/create-workspace.ts'
import type { UserId } from '../../core/ids.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { signIn, visit } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'who is in several workspaces goes from one to another at the head of the page, and every tab goes along',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await signIn(page, desk.host)
    expect(await page.getByLabel('Workspace').count()).toBe(0)

    const [owner] = await core.sql.query<{ id: UserId }>({ name: '', text: 'select id from users' })
    const name = 'Beta Soluções em Energia Solar e Eficiência'
    const beta = await createWorkspace(core, { userId: owner!.id }, { name, locale: 'pt-BR', timeZone: 'UTC' })
    const take = (id: typeof workspaceId, lead: string) =>
      captureLead(core, id, leadInput.parse({ name: lead, email: 'a@example.com' }), { source: 'test' })
    await take(workspaceId, 'Ana da Primeira')
    await take(beta.id, 'Bia da Beta')

    await page.reload()
    const other = await page.context().newPage()
    await other.goto('/admin/leads')
    await other.getByRole('link', { name: /Ana da Primeira/ }).waitFor()
    const choice = page.locator('aside').getByLabel('Workspace')
    await look(page, 'workspaces')
    await page.setViewportSize({ width: 1440, height: 900 })
    await choice.selectOption({ label: name })
    await page.getByText(`O que acontece agora em ${name}`).waitFor()
    await other.getByText(`O que acontece agora em ${name}`).waitFor() // it does not show one company's leads under the other's name
    await page.goto('/admin/leads')
    await page.getByRole('link', { name: /Bia da Beta/ }).waitFor()
    expect(await page.getByText('Ana da Primeira').count()).toBe(0)
    await look(page, 'workspaces-beta')

    await page.setViewportSize({ width: 390, height: 844 })
    await page.locator('header').getByLabel('Workspace').selectOption({ label: 'TRAE OS' })
    await page.getByText('O que acontece agora em TRAE OS').waitFor()

    const late = await visit(desk.browser, desk.host.url)
    await signIn(late.page, desk.host)
    const lateChoice = late.page.locator('aside').getByLabel('Workspace')
    const [there] = await lateChoice.locator('option', { hasNotText: 'TRAE OS' }).allInnerTexts()
    await core.sql.query({ name: '', text: 'delete from memberships where workspace_id = $1' }, [beta.id])
    await lateChoice.selectOption({ label: there! })
    await late.page.getByRole('alert').getByText('Você não está mais nesse workspace').waitFor()
    expect(late.problems).toEqual([expect.stringContaining('404')])
    await late.close()
  },
)

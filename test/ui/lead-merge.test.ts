import { expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead } from '../../core/sales/leads.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'who opens a lead sees who may be the same person, compares both and makes one of them',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    const capture = async (fields: Record<string, unknown>) =>
      (await captureLead(core, workspaceId, leadInput.parse({ source: 'API', ...fields }), { source: 'test' })).leadId
    const phone = '+5511987654321'
    const keep = await capture({ name: 'Ana Souza', email: 'ana@acme.com.br', phone, company: 'Acme Solar' })
    const gone = await capture({ name: 'Ana S.', email: 'ana.souza@gmail.com', phone, jobTitle: 'Diretora Comercial' })
    await capture({ name: 'ana souza', email: 'compras@acme.com.br', company: 'ACME Solar' })
    await capture({ name: 'Bia Reis', email: 'bia@outra.com.br' })
    await signIn(page, desk.host, '/admin/leads')
    await page
      .getByRole('link', { name: /^Ana Souza/ })
      .first()
      .click()

    const card = page.getByRole('region', { name: 'Possíveis duplicados' })
    const item = (name: string) => card.getByRole('listitem').filter({ hasText: name })
    await item('Ana S.').getByText('mesmo telefone').waitFor()
    await item('compras@acme.com.br').getByText('mesmo nome e empresa').waitFor()
    expect(await card.getByRole('listitem').count()).toBe(2)
    await look(page, 'lead-duplicates')

    await item('Ana S.').getByRole('button', { name: 'Juntar…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Juntar Ana S. a Ana Souza' })
    const row = (name: string) => dialog.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
    expect(await row('Telefone').getByRole('radio').count()).toBe(0) // nothing to choose
    await row('E-mail').getByRole('radio').nth(1).check()
    await look(page, 'lead-merge')
    await dialog.getByRole('button', { name: 'Voltar' }).click()
    expect((await getLead(core, workspaceId, { id: gone })).name).toBe('Ana S.')

    await item('Ana S.').getByRole('button', { name: 'Juntar…' }).click()
    await row('E-mail').getByRole('radio').nth(1).check()
    await dialog.getByRole('button', { name: 'Juntar de vez' }).click()
    await dialog.waitFor({ state: 'detached' })
    await item('Ana S.').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'ana.souza@gmail.com' }).waitFor()
    await page.getByText('Juntado').waitFor()
    await look(page, 'lead-merged')
    expect(await getLead(core, workspaceId, { id: keep })).toMatchObject({
      name: 'Ana Souza',
      email: 'ana.souza@gmail.com',
      company: 'Acme Solar',
      jobTitle: 'Diretora Comercial',
    })
    await expect(getLead(core, workspaceId, { id: gone })).rejects.toMatchObject({ code: 'NOT_FOUND' })

    // An address of the one that is gone, from a letter of before
    const kept = page.url()
    await page.goto(kept.replace(encodeNodeId('Lead', keep), encodeNodeId('Lead', gone)))
    await page.getByRole('heading', { name: 'Ana Souza', level: 1 }).waitFor()
    expect(page.url()).toBe(kept)
  },
)

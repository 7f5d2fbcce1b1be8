import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { signIn, visit } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a playbook is begun with one that came with the host, under an id of its own, and is sound',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const folder = await mkdtemp(join(tmpdir(), 'trae-templates-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const [written, built] = [join(folder, 'source'), join(folder, 'built')]
    await cp(join(import.meta.dirname, '../support/plugins/listener'), written, { recursive: true })
    await mkdir(join(written, 'playbooks'))
    const text =
      'id: thank\nname: Agradecer quem comprou\nmodule: vendas\ntriggers: [{ event: deal.won }]\nsteps: [{ wait: 1d }]\n'
    await writeFile(join(written, 'playbooks/thank.yaml'), text)
    await buildPlugin(written, built)
    const { core, workspaceId } = desk.host.host
    await installPlugin(core, { workspaceId, from: { kind: 'folder', path: built }, grant: 'all-declared' })
    await signIn(page, desk.host, '/admin/playbooks')
    await page.getByRole('link', { name: 'A partir de um modelo' }).click()
    const card = page.getByRole('region', { name: 'Qualificar lead' })
    await card.getByText('lead.captured').waitFor()
    await card.getByRole('link', { name: 'sdr' }).waitFor()
    expect(await card.getByText('falta').count()).toBe(0)
    await page.getByRole('region', { name: 'Agradecer quem comprou' }).getByText('Listener').waitFor()
    await look(page, 'templates')
    await card.getByRole('button', { name: 'Começar com Qualificar lead' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/Qualificar lead está ativo/).waitFor()
    await look(page, 'template-use')
    await dialog.getByLabel('Nome').fill('Qualificar indicações')
    await dialog.getByRole('button', { name: 'Criar rascunho' }).click()

    await page.getByRole('heading', { name: 'Qualificar indicações' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/admin/playbooks/qualificar-indicacoes')
    const source = page.getByRole('textbox', { name: 'Fonte' })
    await source.getByText('id: qualificar-indicacoes').waitFor()
    await page.getByRole('button', { name: 'Publicar…' }).click() // there is no error, or the button would rest
    await page.getByRole('dialog').getByRole('button', { name: 'Publicar', exact: true }).waitFor()

    await page.goto(`${desk.host.url}/admin/playbook-templates`)
    await page.getByRole('button', { name: 'Começar com Converter lead em cliente' }).click()
    await dialog.getByLabel('Nome').fill('Qualificar indicações')
    await dialog.getByRole('button', { name: 'Criar rascunho' }).click()
    await dialog.getByRole('alert').waitFor() // that id is taken

    const english = await visit(desk.browser, desk.host.url, { locale: 'en-US' })
    await signIn(english.page, desk.host, '/admin/playbook-templates')
    await english.page.getByRole('region', { name: 'Keep where the lead came from' }).waitFor()
    await look(english.page, 'templates-english')
    await english.page.getByRole('button', { name: 'Start with Keep where the lead came from' }).click()
    await english.page.getByRole('dialog').getByRole('button', { name: 'Create draft' }).click()
    await english.page.getByRole('heading', { name: 'Copy of Keep where the lead came from' }).waitFor()
    await english.page.getByText('Put into the audience of the campaign').first().waitFor()
    expect(english.problems).toEqual([])
    await english.close()
  },
)

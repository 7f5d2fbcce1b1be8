import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

const playbook = (wait: string, tests = '') => `id: pausa
name: Pausa
module: vendas
triggers: [{ event: lead.captured }]
steps:
  - id: pausa
    wait: ${wait}
  - if: \${{ lead.status == "QUALIFIED" }}
    then:
      - return: { outcome: qualificado }
${tests}`
const test = (at: string) => `tests:
  - name: espera o tempo certo
    expect: [{ step: pausa, at: ${at} }]
`

let folder: string
let host: TestHost
let browser: Browser
let visitor: Visit
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trae-tested-'))
  await writeFile(join(folder, 'pausa.yaml'), playbook('1d'))
  ;[host, browser] = await Promise.all([startHost({ TRAE_PLAYBOOKS_DIR: folder }), openBrowser()])
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  const problems = [...(visitor?.problems ?? [])]
  await browser?.close()
  await host?.stop()
  await rm(folder, { recursive: true, force: true })
  expect(problems).toEqual([])
})

/** Replaces the whole text, as somebody does who pastes, and asks to publish it. */
async function publish(page: Page, source: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Fonte' }).click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(source)
  await page.getByRole('button', { name: 'Publicar…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Publicar', exact: true }).click()
}

it(
  'an admin asks for tests, a publish without them or with one that fails says why, and a run becomes a test',
  { timeout: 240_000 },
  async () => {
    const { page } = visitor
    page.setDefaultTimeout(60_000) // publishing runs tests in another process, on a machine that may be busy
    await signIn(page, host, '/admin/playbooks')
    const asked = page.getByRole('region', { name: 'Testes antes de publicar' })
    await asked.getByText('Só publicar o que passa nos testes').click()
    await asked.getByLabel('Cobertura mínima').fill('50')
    await look(page, 'requirement')
    await asked.getByRole('button', { name: 'Salvar' }).click()
    await asked.getByRole('button', { name: 'Salvar' }).waitFor({ state: 'detached' })
    await page.reload()
    await asked.getByLabel('Cobertura mínima').waitFor()
    expect(await asked.getByLabel('Cobertura mínima').inputValue()).toBe('50%')

    await page.getByRole('link', { name: /Pausa/ }).click()
    const dialog = page.getByRole('dialog')
    await publish(page, playbook('2d'))
    await dialog.getByText('Este playbook não tem nenhum teste.').waitFor()
    await dialog.getByRole('alert').getByText('It has no tests.').waitFor()
    await dialog.getByRole('button', { name: 'Cancelar' }).click()
    await publish(page, playbook('2d', test('1d')))
    await dialog.getByText('Publicar roda o teste dele').waitFor()
    await dialog.getByRole('alert').getByText('pausa was over at 2d, expected 1d.').waitFor()
    await look(page, 'refused')
    await dialog.getByRole('button', { name: 'Cancelar' }).click()
    await publish(page, playbook('2d', test('2d')))
    await page.getByText('A versão 2 está em vigor.').waitFor()

    const { core, workspaceId } = host.host
    await captureLead(core, workspaceId, leadInput.parse({ name: 'Rita Lee', email: 'rita@lee.com.br' }), {
      source: 'x',
    })
    core.queue.ring('events')
    await page.goto(`${host.url}/admin/runs`)
    await page.getByRole('link', { name: /Rita Lee/ }).click()
    await page.getByRole('button', { name: 'Virar teste' }).click()
    const made = dialog.getByLabel('Um teste a partir desta execução')
    await made.last().getByText('type: lead.captured').waitFor()
    expect(await dialog.textContent()).not.toContain('Rita')
    await look(page, 'as-test')
    await dialog.getByRole('button', { name: 'Copiar' }).click()
    await dialog.getByText('Copiado').waitFor()
  },
)

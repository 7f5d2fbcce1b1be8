import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'

let host: TestHost
let browser: Browser
let visitor: Visit

beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  visitor = await visit(browser, host.url)
})
afterAll(async () => {
  const problems = [...(visitor?.problems ?? [])]
  await browser?.close()
  await host?.stop()
  expect(problems).toEqual([])
})

const shots = process.env['TRAE_SCREENSHOTS']
async function shoot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` })
}

const text = (outcome: string, key = 'wait') => `id: boas-vindas
name: Boas-vindas
module: pre_vendas

triggers:
  - event: lead.captured

steps:
  - id: pausa
    ${key}: 3d
  - return: { outcome: ${outcome} }
`

/** Replaces the whole text, as somebody does who pastes. */
async function write(page: Page, source: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'Fonte' })
  await editor.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(source)
}

async function publish(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Publicar…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Publicar', exact: true }).waitFor()
}

async function confirm(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Publicar', exact: true }).click()
  await page.getByText(/^A versão \d+ está em vigor\.$/).waitFor()
}

const close = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Fechar' }).click()

async function runOf(email: string) {
  const { core, workspaceId } = host.host
  await captureLead(core, workspaceId, leadInput.parse({ name: email.split('@')[0], email }), { source: 'test' })
  core.queue.ring('events')
  for (const deadline = Date.now() + 10_000; ; await new Promise(resolve => setTimeout(resolve, 50))) {
    const [run] = await core.sql.query<{ number: number; status: string }>(
      {
        name: 'test-run-of',
        text: `select v.number, r.status from runs r join leads l on l.id = r.subject_id join playbook_versions v on v.id = r.version_id
               join playbooks p on p.id = r.playbook_id where l.email = $1 and p.slug = 'boas-vindas'`,
      },
      [email],
    )
    if (run?.status === 'waiting') return run.number
    if (Date.now() > deadline) throw new Error(`the run of ${email} does not wait: ${JSON.stringify(run)}`)
  }
}

it(
  'a playbook is made, put right where the checker says, published and changed; runs under way keep what they began with',
  { timeout: 180_000 },
  async () => {
    const { page } = visitor
    await signIn(page, host, '/admin/playbooks')
    await page.getByRole('button', { name: 'Novo playbook' }).click()
    await page.getByRole('dialog').getByLabel('Nome').fill('Boas-vindas')
    await page.getByRole('button', { name: 'Criar rascunho' }).click()
    await page.getByRole('textbox', { name: 'Fonte' }).waitFor()

    await write(page, text('first', 'wiat'))
    await page.getByText('"wiat" is not known here.').first().waitFor()
    expect(await page.getByRole('button', { name: 'Publicar…' }).isDisabled()).toBe(true)
    await page.locator('.cm-lintRange-error').first().hover()
    await page.getByRole('button', { name: 'Escrever “wait”' }).waitFor()
    await shoot(page, 'finding')
    await page.getByRole('button', { name: 'Escrever “wait”' }).click()
    await page.getByText('Nenhum problema encontrado').waitFor()
    await page.getByRole('button', { name: 'Salvar rascunho' }).click()
    await page.getByText(/^Rascunho salvo/).waitFor()

    await publish(page)
    await page.getByText('Esta será a primeira versão.').waitFor()
    await confirm(page)
    await close(page)
    await page.getByText('Este é o texto em vigor').waitFor()
    expect(await runOf('ana@example.com')).toBe(1)

    await write(page, text('second').replace('3d', '1d'))
    await page.getByRole('button', { name: 'Publicar…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 execução em andamento').waitFor()
    await dialog.getByText('1 espera em').waitFor()
    await dialog.getByLabel('Nota').fill('Espera mais curta')
    await shoot(page, 'impact')
    await page.setViewportSize({ width: 390, height: 844 })
    await shoot(page, 'impact-narrow')
    await page.setViewportSize({ width: 1440, height: 900 })
    await confirm(page)
    await dialog.getByText(/1 execução termina na versão dela/).waitFor()
    await close(page)

    expect(await runOf('bia@example.com')).toBe(2)
    expect(await runOf('ana@example.com')).toBe(1)
    await page.getByRole('button', { name: /Versão 1/ }).click()
    await dialog.getByText('O que é diferente na versão 2, a que está em vigor:').waitFor()
    await dialog.locator('.cm-deletedChunk').first().waitFor()
    await shoot(page, 'diff')
    await dialog.getByRole('button', { name: 'Voltar a esta…' }).click()
    await page.getByRole('dialog').getByText('Seguem com a versão nova').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Voltar', exact: true }).click()
    await page.getByText('A versão 3 está em vigor.').waitFor()
    await close(page)
    await page.getByRole('button', { name: 'Pausar' }).click()
    await page.getByText('Pausado: não inicia execuções.').waitFor()
    await shoot(page, 'page')
    await page.setViewportSize({ width: 390, height: 844 })
    await shoot(page, 'page-narrow')
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.getByRole('button', { name: 'Retomar' }).click()
    await page.getByText('Ativo').first().waitFor()
  },
)

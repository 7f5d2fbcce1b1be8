import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

const PLAYBOOK = `id: pedido
name: Pedido
module: vendas
inputs:
  dias: { type: integer, description: Dias de espera }
  tom: { type: string, enum: [formal, amigavel], default: formal }
triggers: [{ manual: true }]
steps:
  - id: antes
    set: { a: 1 }
  - id: pausa
    name: Esperar
    wait: \${{ days(inputs.dias) }}
  - id: nota
    name: Anotar
    uses: local-crm/add-note
    with: { leadId: '\${{ lead.id }}', text: oi }
`

let folder: string
let host: TestHost
let browser: Browser
let visitor: Visit
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trae-operate-'))
  await writeFile(join(folder, 'pedido.yaml'), PLAYBOOK)
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

const change = (text: string, parameters: unknown[] = []) => host.host.core.sql.query({ name: '', text }, parameters)
const dialog = (page: Page) => page.getByRole('dialog')
const isStatus = (page: Page, status: string) =>
  page.locator('#main header').getByText(status, { exact: true }).waitFor()
const confirm = async (page: Page, name: string) => {
  await dialog(page).getByRole('button', { name, exact: true }).click()
  await dialog(page).waitFor({ state: 'detached' })
}

it(
  'a run is started by hand, cancelled, restarted and replayed; one in quarantine is released, an effect is decided',
  { timeout: 240_000 },
  async () => {
    const { page } = visitor
    await signIn(page, host, '/admin/playbooks/pedido')
    await page.getByRole('button', { name: 'Iniciar à mão' }).click()
    await dialog(page).getByLabel('Dias de espera').fill('3')
    await dialog(page).getByLabel('E-mail do lead').fill('ninguem@example.com')
    await dialog(page).getByRole('button', { name: 'Iniciar', exact: true }).click()
    await dialog(page).getByRole('alert').getByText('Não há lead com o e-mail ninguem@example.com.').waitFor()
    await dialog(page).getByText('O que fazer').waitFor()
    await look(page, 'start-by-hand')
    await dialog(page).getByLabel('E-mail do lead').fill('')
    await confirm(page, 'Iniciar')

    await isStatus(page, 'Esperando')
    const first = page.url()
    await page.getByRole('figure').filter({ hasText: 'Entrada' }).getByText('3', { exact: true }).waitFor()
    await page.getByRole('region', { name: 'Para onde foi o tempo' }).getByText('Espera', { exact: true }).waitFor()
    await page.getByText('Espere a hora, ou cancele').waitFor()
    await look(page, 'run-waiting')

    await page.getByRole('button', { name: 'Cancelar execução' }).click()
    await dialog(page).getByText('O que foi feito não é desfeito').waitFor()
    await dialog(page).getByLabel('Motivo').fill('engano')
    await look(page, 'run-cancel')
    await confirm(page, 'Cancelar execução')
    await isStatus(page, 'Cancelada')
    await page.getByText('Reinicie-a, se afinal deve continuar.').waitFor()
    await page.getByText('Cancelamento pedido por').waitFor()
    await page.getByText('engano').waitFor()
    await page.getByRole('button', { name: 'Reiniciar' }).click()
    await confirm(page, 'Reiniciar')
    await isStatus(page, 'Esperando')
    await page.getByText('Reiniciada por alguém').waitFor()
    await page.getByRole('button', { name: 'Cancelar execução' }).click()
    await confirm(page, 'Cancelar execução')
    await isStatus(page, 'Cancelada')

    await page.getByRole('button', { name: 'Repetir a partir de Esperar' }).click()
    await dialog(page).getByText('não é enviado de novo', { exact: false }).waitFor()
    await confirm(page, 'Repetir')
    await isStatus(page, 'Esperando')
    expect(page.url()).not.toBe(first)
    const second = page.url()
    await page.getByText('Repete').getByRole('link').click()
    await page.waitForURL(first)
    await look(page, 'run-cancelled')
    await page.getByText('Repetida em').getByRole('link').click()
    await page.waitForURL(second)

    await quarantine('QUARANTINE')
    await page.reload()
    await isStatus(page, 'Em quarentena')
    await page.getByText('corrija a causa e libere a execução').waitFor()
    await page.getByRole('button', { name: 'Liberar da quarentena' }).click()
    await confirm(page, 'Liberar')
    await isStatus(page, 'Esperando')

    await quarantine('UNKNOWN_EFFECT')
    await change(
      `insert into journal (run_id, seq, workspace_id, kind, path, attempt, data, at)
       select id, 900, workspace_id, 'step.started', 'nota', 1, '{"key": "k"}', now() from runs where status = 'quarantined'`,
    )
    await change(
      `insert into effects (workspace_id, key, run_id, path, action, status, intended_at)
       select workspace_id, id || '/nota', id, 'nota', 'local-crm/add-note', 'unknown', now() from runs where status = 'quarantined'`,
    )
    await page.reload()
    await page.getByRole('button', { name: 'Decidir o efeito de Anotar' }).click()
    await dialog(page).getByRole('radio', { name: 'Não foi enviado' }).waitFor()
    await look(page, 'effect-decide')
    await dialog(page).getByRole('radio', { name: 'Conta como falha' }).check()
    await confirm(page, 'Decidir')
    await page.getByText('Alguém decidiu o efeito').waitFor()

    await change(`update memberships set role = 'VIEWER'`)
    await page.goto(first)
    await isStatus(page, 'Cancelada')
    expect(await page.getByRole('button', { name: /^(Reiniciar|Repetir)/ }).count()).toBe(0)
  },
)

/** As a worker leaves a run that it gives up. */
async function quarantine(code: string): Promise<void> {
  await change(
    `update runs set status = 'quarantined', due_at = null, finished_at = now(), reason = jsonb_build_object('code', $1::text, 'message', 'as told')
     where status = 'waiting'`,
    [code],
  )
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { startByHand } from '../../core/triggers/start-by-hand.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit } from './browser.ts'
import { look } from './look.ts'

const playbook = (id: string, name: string) => `id: ${id}
name: ${name}
module: vendas
inputs: { more: { type: boolean, default: false } }
sla: { maxDuration: 2d, behavior: none }
triggers: [{ manual: true }]
steps:
  - id: gate
    if: \${{ inputs.more }}
    then:
      - id: extra
        name: Extra
        set: { b: 1 }
  - id: pause
    name: Esperar
    wait: 1d
`
const PLAYBOOKS = { muitos: 'Muitos', outros: 'Outros', ramos: 'Ramos', presos: 'Presos', prazos: 'Prazos' }

describe('many runs at once, in the browser', { timeout: 240_000 }, () => {
  let folder: string
  let host: TestHost
  let browser: Browser
  const problems: string[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-bulk-'))
    for (const [id, name] of Object.entries(PLAYBOOKS)) await writeFile(join(folder, `${id}.yaml`), playbook(id, name))
    ;[host, browser] = await Promise.all([startHost({ TRAE_PLAYBOOKS_DIR: folder }), openBrowser()])
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await host?.stop()
    await rm(folder, { recursive: true, force: true })
    expect(problems).toEqual([])
  })

  const rows = <Row>(text: string, parameters: unknown[] = []) =>
    host.host.core.sql.query<Row & object>({ name: '', text }, parameters)
  const until = (slug: string, status: string, count: number) =>
    expect
      .poll(
        async () =>
          (
            await rows<{ n: number }>(
              `select count(*)::int as n from runs r join playbooks p on p.id = r.playbook_id where p.slug = $1 and r.status = $2`,
              [slug, status],
            )
          )[0]!.n,
        { timeout: 180_000 },
      )
      .toBe(count)
  async function begin(slug: string, count: number, inputs: Record<string, unknown> = {}): Promise<void> {
    const { core, workspaceId } = host.host
    const [owner] = await rows<{ id: string }>('select id from users')
    for (let n = 0; n < count; n++) await startByHand(core, workspaceId, { playbook: slug, inputs, by: owner!.id })
  }
  /** A visitor at the list of runs of this filter. */
  async function open(query: string, locale = 'pt-BR') {
    const visitor = await visit(browser, host.url, { locale })
    await signIn(visitor.page, host, `/admin/runs${query}`)
    return {
      page: visitor.page,
      leave: async () => {
        problems.push(...visitor.problems)
        await visitor.close()
      },
    }
  }
  const dialog = (page: Page) => page.getByRole('dialog')
  const press = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true }).click()

  it('cancelled in hundreds: counted, in plain words, with a reason, progress and a summary; the rest is left alone', async () => {
    await begin('muitos', 130)
    await begin('outros', 2)
    await until('muitos', 'waiting', 130)
    const { page, leave } = await open('')
    await page.getByText('132 execuções combinam com este filtro').waitFor()
    await page.getByLabel('Playbook').selectOption('Muitos')
    await page.getByText('130 execuções combinam com este filtro').waitFor()
    await look(page, 'runs-filtered')
    await page.getByRole('button', { name: 'Cancelar todas' }).click()
    await dialog(page).getByText('130 execuções podem ser canceladas.').waitFor()
    await dialog(page).getByText('O que foi feito não é desfeito').waitFor()
    await dialog(page).getByLabel('Motivo').fill('preço errado')
    await look(page, 'bulk-cancel')

    let letGo = () => {}
    const held = new Promise<void>(resolve => (letGo = resolve))
    let calls = 0
    await page.route('**/graphql', async route => {
      if (route.request().postData()?.includes('RunsOperate') && ++calls === 2) await held
      await route.continue()
    })
    await press(page, 'Cancelar 130')
    await dialog(page).getByText('100 de 130').waitFor({ timeout: 180_000 })
    expect(await dialog(page).getByRole('progressbar').getAttribute('value')).toBe('100')
    await look(page, 'bulk-working')
    await page.keyboard.press('Escape')
    await page.mouse.click(2, 2)
    await begin('muitos', 1)
    letGo()
    await dialog(page).getByText('130 canceladas.').waitFor({ timeout: 180_000 })
    await dialog(page).getByText('Nenhuma recusada.').waitFor()
    await look(page, 'bulk-done')
    await press(page, 'Fechar')
    await until('muitos', 'cancelled', 130)
    await until('muitos', 'waiting', 1)
    await until('outros', 'waiting', 2)

    await page.getByRole('listitem').filter({ hasText: 'Cancelada' }).first().getByRole('link').click()
    await page.getByText('Cancelamento pedido por').waitFor()
    await page.getByText('preço errado').waitFor()
    await look(page, 'run-cancelled-why')
    await leave()
  })

  it('stopped in between, it says what is left and goes on with it', async () => {
    await begin('outros', 118)
    await until('outros', 'waiting', 120)
    const { page, leave } = await open('?playbook=outros&status=WAITING')
    expect(await page.getByRole('button', { name: 'Reiniciar todas' }).count()).toBe(0)
    let letGo = () => {}
    const held = new Promise<void>(resolve => (letGo = resolve))
    let calls = 0
    await page.route('**/graphql', async route => {
      if (route.request().postData()?.includes('RunsOperate') && ++calls === 1) await held
      await route.continue()
    })
    await page.getByRole('button', { name: 'Cancelar todas' }).click()
    await press(page, 'Cancelar 120')
    await press(page, 'Parar')
    letGo()
    await dialog(page).getByText('Faltam 20.').waitFor({ timeout: 180_000 })
    await dialog(page).getByText('Parou a pedido.').waitFor()
    await look(page, 'bulk-stopped')
    expect(calls).toBe(1)
    await until('outros', 'cancelled', 100)
    await press(page, 'Continuar com 20')
    await dialog(page).getByText('120 canceladas.').waitFor({ timeout: 180_000 })
    await press(page, 'Fechar')
    await until('outros', 'cancelled', 120)
    await page.getByText('Nenhuma execução com este filtro').waitFor()
    await leave()
  })

  it('restarted, then replayed from a step: those that never came to it are listed with why', async () => {
    await begin('ramos', 2)
    await begin('ramos', 1, { more: true })
    await until('ramos', 'waiting', 3)
    await rows(
      `update runs set cancel_requested_at = now(), cancel_reason = '{"by": "concurrency"}', due_at = now(), signals = signals + 1
       where playbook_id = (select id from playbooks where slug = 'ramos')`,
    )
    await until('ramos', 'cancelled', 3)
    const [id] = await rows<{ id: string }>(
      `select r.id from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'ramos' limit 1`,
    )
    const { page, leave } = await open('?playbook=ramos', 'en-US')
    await page.goto(`/admin/runs/${Buffer.from(`Run:${id!.id}`).toString('base64url')}`)
    await page.getByText('A newer run took its place').waitFor()
    expect(await page.getByText('Somebody cancelled it').count()).toBe(0)
    await page.goto('/admin/runs?playbook=ramos')
    await page.getByText('3 runs fit this filter').waitFor()
    await page.getByRole('button', { name: 'Restart all' }).click()
    await dialog(page).getByText('nothing is sent twice').waitFor()
    await press(page, 'Restart 3')
    await dialog(page).getByText('3 restarted.').waitFor()
    await press(page, 'Close')
    await until('ramos', 'waiting', 3)
    await page.getByRole('button', { name: 'Restart all' }).click()
    await dialog(page).getByText('None can be restarted').waitFor()
    await press(page, 'Back')
    await page.getByRole('button', { name: 'Cancel all' }).click()
    await press(page, 'Cancel 3')
    await dialog(page).getByText('3 cancelled.').waitFor()
    await press(page, 'Close')
    await until('ramos', 'cancelled', 3)

    await page.getByRole('button', { name: 'Replay all' }).click()
    expect(await dialog(page).getByRole('button', { name: 'Replay 3' }).isDisabled()).toBe(true)
    await page.locator('#bulk-steps option[value="gate.then.extra"]').waitFor({ state: 'attached' })
    await dialog(page).getByLabel('From the step').fill('gate.then.extra')
    await look(page, 'bulk-replay')
    await press(page, 'Replay 3')
    await dialog(page).getByText('1 replayed.').waitFor()
    await dialog(page).getByText('2 refused.').waitFor()
    const refused = dialog(page).getByRole('list', { name: 'Refused, and why' }).getByRole('listitem')
    await expect.poll(() => refused.count()).toBe(2)
    expect(await refused.first().textContent()).toContain('no step that this run has begun')
    await look(page, 'bulk-refused')
    await press(page, 'Close')
    await until('ramos', 'waiting', 1)
    await leave()
  })

  it('released from quarantine; where the host cannot be reached, it says so and goes on later', async () => {
    await begin('presos', 2)
    await until('presos', 'waiting', 2)
    await rows(
      `update runs set status = 'quarantined', due_at = null, finished_at = now(), reason = '{"code": "QUARANTINE", "message": "as told"}'
       where playbook_id = (select id from playbooks where slug = 'presos')`,
    )
    const { page, leave } = await open('?status=QUARANTINED')
    await page.getByRole('button', { name: 'Liberar todas' }).click()
    await dialog(page).getByText('2 execuções podem ser liberadas.').waitFor()
    await page.route('**/graphql', route =>
      route.request().postData()?.includes('RunsOperate')
        ? route.fulfill({ status: 422, body: '{}' })
        : route.continue(),
    )
    await press(page, 'Liberar 2')
    await dialog(page).getByRole('alert').waitFor()
    await dialog(page).getByText('Faltam 2.').waitFor()
    await page.unroute('**/graphql')
    await press(page, 'Continuar com 2')
    await dialog(page).getByText('2 liberadas.').waitFor()
    await press(page, 'Fechar')
    await until('presos', 'waiting', 2)
    await leave()
  })

  it('by deadline: overdue and due soon are marked and found; who may only look has no buttons', async () => {
    await begin('prazos', 3)
    await until('prazos', 'waiting', 3)
    const ids = await rows<{ id: string }>(
      `select r.id from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'prazos' order by r.id`,
    )
    await rows(`update runs set sla_due_at = now() - interval '1 s' where id = $1`, [ids[0]!.id])
    await rows(
      `update runs set created_at = now() - interval '40 h', sla_due_at = now() + interval '8 h' where id = $1`,
      [ids[1]!.id],
    )
    await expect
      .poll(async () => (await rows(`select 1 as one from runs where sla_state = 'breached'`)).length, {
        timeout: 180_000,
      })
      .toBe(1)
    const { page, leave } = await open('?playbook=prazos')
    const list = page.getByRole('list', { name: 'Execuções' }).getByRole('listitem')
    await list.filter({ hasText: 'Passou do prazo' }).waitFor()
    await expect.poll(() => list.filter({ hasText: 'Prazo perto' }).count()).toBe(1)
    await expect.poll(() => list.count()).toBe(3)
    await look(page, 'runs-late')
    const deadline = page.getByRole('group', { name: 'Prazo' })
    await deadline.getByRole('button', { name: 'Passou do prazo' }).click()
    await page.getByText('1 execução combina com este filtro').waitFor()
    await expect.poll(() => list.allTextContents()).toEqual([expect.stringContaining('Passou do prazo')])
    await deadline.getByRole('button', { name: 'Prazo perto' }).click()
    await expect.poll(() => list.allTextContents()).toEqual([expect.stringContaining('Prazo perto')])

    await rows(`update memberships set role = 'VIEWER'`)
    await page.reload()
    await list.first().waitFor()
    expect(await page.getByRole('button', { name: 'Cancelar todas' }).count()).toBe(0)
    await leave()
  })

  it('a filter has every playbook, also where there are more than one page of names', async () => {
    const { core, workspaceId } = host.host
    for (let n = 10; n < 40; n++) await publishPlaybook(core, workspaceId, playbook(`zz-${n}`, `Zebra ${n}`))
    await begin('zz-10', 1)
    await begin('zz-39', 2)
    for (const [slug, runs] of [
      ['zz-10', 1],
      ['zz-39', 2],
    ] as const) {
      const { page, leave } = await open(`?playbook=${slug}`)
      await expect.poll(() => page.getByLabel('Playbook').locator('option').count()).toBe(36)
      await expect.poll(() => page.getByLabel('Playbook').inputValue()).toBe(slug)
      const list = page.getByRole('list', { name: 'Execuções' }).getByRole('listitem')
      await expect.poll(() => list.count()).toBe(runs)
      await leave()
    }
  })
})

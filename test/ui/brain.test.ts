import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addTask } from '../../core/brain/tasks/add-task.ts'
import { taskInput } from '../../core/brain/tasks/task.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
let visitor: Visit
beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  const problems = [...(visitor?.problems ?? [])]
  await browser?.close()
  await host?.stop()
  expect(problems).toEqual([])
})

it(
  'a task is added and done while one looks; a module that a person takes over leaves its tasks in the inbox',
  { timeout: 180_000 },
  async () => {
    const { page } = visitor
    const { core, workspaceId } = host.host
    await publishPlaybook(
      core,
      workspaceId,
      `id: saudar
name: Saudar
module: vendas
inputs: { nome: { type: string, required: true } }
triggers: [{ manual: true }]
steps: [{ return: 'Olá \${{ inputs.nome }}' }]`,
    )
    await signIn(page, host, '/admin/brain')
    const tasks = page.getByRole('region', { name: 'Tarefas' })
    await tasks.getByText('Nenhuma tarefa ainda').waitFor()
    await look(page, 'brain-empty')

    await tasks.getByRole('button', { name: 'Nova tarefa' }).click()
    const dialog = page.getByRole('dialog', { name: 'Nova tarefa' })
    await dialog.getByLabel('Módulo').selectOption('vendas')
    await dialog.getByLabel('O que deve fazer').selectOption('saudar')
    await dialog.getByLabel('Dados (JSON)').fill('{"nome": 3}')
    await look(page, 'brain-add')
    await dialog.getByRole('button', { name: 'Adicionar' }).click()
    await dialog.getByRole('alert').waitFor() // refused at the door, and the form stays
    await dialog.getByLabel('Dados (JSON)').fill('{"nome": "Ana"}')
    await dialog.getByRole('button', { name: 'Adicionar' }).click()
    await tasks.getByText('Feita', { exact: true }).last().waitFor()
    expect(await core.sql.query({ name: '', text: `select result from tasks` })).toEqual([{ result: 'Olá Ana' }])

    await page.getByRole('button', { name: 'Assumir' }).nth(5).click()
    const taking = page.getByRole('dialog', { name: 'Assumir Vendas?' })
    await taking.getByLabel('Motivo').fill('Ligo eu mesma')
    await taking.getByRole('button', { name: 'Assumir' }).click()
    await page.getByText('Ligo eu mesma').waitFor()
    const input = taskInput.parse({ module: 'vendas', action: 'saudar', data: { nome: 'Bia' }, priority: 'critical' })
    await addTask(core, workspaceId, input, { source: 'test' })
    const inbox = page.getByRole('region', { name: 'Caixa de entrada (1)' })
    await inbox.getByText('saudar').waitFor()
    await look(page, 'brain-inbox')
    await inbox.getByRole('button', { name: 'Já fiz' }).click()
    const did = page.getByRole('dialog', { name: 'Qual foi o resultado?' })
    await did.getByLabel('Resultado').fill('Falei com ela')
    await did.getByRole('button', { name: 'Já fiz' }).click()
    await tasks.getByText('Feita, à mão').waitFor()
    await inbox.waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'Devolver ao automático' }).click()
    await page.getByText('Ligo eu mesma').waitFor({ state: 'detached' })
  },
)

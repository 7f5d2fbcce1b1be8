import { expect, it } from 'vitest'
import { addTask } from '../../core/brain/tasks/add-task.ts'
import { taskInput } from '../../core/brain/tasks/task.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a task is added and done while one looks; a module that a person takes over leaves its tasks in the inbox',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
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
    const sockets = { open: 0, most: 0 }
    page.on('websocket', socket => {
      sockets.most = Math.max(sockets.most, ++sockets.open)
      socket.on('close', () => void sockets.open--)
    })
    await signIn(page, desk.host, '/admin/brain')
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
    expect(sockets.most).toBe(1) // six streams: a connection each would leave the browser none to ask with
  },
)

import { expect, it } from 'vitest'
import { suggestSteps } from '../../core/brain/steps/suggest-steps.ts'
import { addTask } from '../../core/brain/tasks/add-task.ts'
import { taskInput } from '../../core/brain/tasks/task.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { signIn, visit } from './browser.ts'
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

it(
  'what the brain suggests shows by itself with why and what it would do; it is taken up or dismissed where it stands',
  { timeout: 180_000 },
  async () => {
    const { page, close } = await visit(desk.browser, desk.host.url) // a sitting of its own
    const { core, workspaceId } = desk.host.host
    await signIn(page, desk.host, '/admin/brain')
    const steps = page.getByRole('region', { name: 'Próximos passos' })
    await steps.getByText('Nada a sugerir agora').waitFor()
    const run = (text: string, values: readonly unknown[] = []) => core.sql.query({ name: '', text }, [...values])
    for (const [name, score, days] of [
      ['Bia Ramos', 72, 5],
      ['Caio Lima', 41, 4],
    ])
      await run(
        `insert into leads (id, workspace_id, name, email, source, locale, status, score, created_at, updated_at)
         values (gen_random_uuid(), $1, $2, $3, 'WEBSITE', 'pt-BR', 'QUALIFIED', $4, now() - $5 * interval '1 day', now())`,
        [workspaceId, name, `${String(name).slice(0, 3).toLowerCase()}@acme.com.br`, score, days],
      )
    await run(
      `insert into messages (id, workspace_id, lead_id, direction, channel, from_address, to_address, subject, body, created_at, state)
       select gen_random_uuid(), $1, id, 'out', 'whatsapp', '', '+5511999990000', '', 'Olá', now() - interval '2 days', 'to-send'
       from leads where name = 'Caio Lima'`,
      [workspaceId],
    )
    await run('update workspaces set steps_at = null')
    const [leader] = await core.sql.query<{ owner: string; token: number }>({
      name: '',
      text: 'select owner, token::int as token from brain_leader',
    })
    await suggestSteps(core, leader) // else within half a minute

    const lead = steps.getByRole('listitem').filter({ hasText: 'Bia Ramos' })
    await lead.getByText('Chegou há 5 dias, score 72, e ninguém escreveu.').waitFor()
    await lead.getByText('Usa a habilidade').waitFor()
    const outbox = steps.getByRole('listitem').filter({ hasText: 'Enviar o que espera envio manual' })
    await outbox.getByText('1 mensagem espera o envio por uma pessoa, a mais antiga há 2 dias.').waitFor()
    await look(page, 'brain-next-steps')

    await lead.getByRole('button', { name: 'Fazer' }).click()
    await lead.waitFor({ state: 'detached' })
    const tasks = page.getByRole('region', { name: 'Tarefas' })
    await tasks
      .getByRole('listitem')
      .filter({ hasText: 'Bia Ramos' })
      .getByText('Feita', { exact: true })
      .waitFor({ timeout: 30_000 })
    await outbox.getByRole('button', { name: 'Fazer' }).click()
    const inbox = page.getByRole('region', { name: 'Caixa de entrada (1)' })
    await inbox.getByText('Enviar o que espera envio manual').waitFor()
    expect(await inbox.getByRole('button', { name: 'Devolver', exact: true }).count()).toBe(0) // nobody else can
    await look(page, 'brain-step-in-inbox')
    await inbox.getByRole('button', { name: 'Cancelar' }).click()
    await inbox.waitFor({ state: 'detached' })
    await close()
  },
)

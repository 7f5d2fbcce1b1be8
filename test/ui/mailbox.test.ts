import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { listMessages, sendMessage } from '../../core/sales/messages.ts'
import { startMailServer } from '../mail/mail-server.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const server = await startMailServer()
const folder = await mkdtemp(join(tmpdir(), 'trae-mail-ca-'))
await writeFile(join(folder, 'ca.pem'), server.certificate)
const desk = useDesk({
  TRAE_PRIVATE_HOSTS: `localhost:${server.port}`,
  TRAE_PRIVATE_CA: join(folder, 'ca.pem'),
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

it(
  'a mail server is connected, tried, and carries what a person writes; a letter nobody knows of is decided on',
  { timeout: 240_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await signIn(page, desk.host, '/admin/settings/mailbox')
    await page.getByText('Os e-mails ficam neste servidor').waitFor()
    await look(page, 'mailbox-settings-empty')
    await page.getByRole('button', { name: 'Conectar servidor de e-mail' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Endereço').fill('vendas@acme.com.br')
    await form.getByLabel('Nome do remetente').fill('Acme Vendas')
    const smtp = form.getByRole('group', { name: 'Para enviar (SMTP)' })
    await smtp.getByLabel('Servidor').fill('localhost')
    await smtp.getByLabel('Porta').fill(String(server.port))
    await smtp.getByLabel('Usuário').fill('sales')
    await smtp.getByLabel('Senha').fill('wrong')
    await look(page, 'mailbox-settings-form')
    await form.getByLabel('Ler as respostas').uncheck()
    await form.getByRole('button', { name: 'Entrar e salvar' }).click()
    await form.getByText('Username and password are not accepted').waitFor()
    await look(page, 'mailbox-settings-refused')
    await smtp.getByLabel('Senha').fill('secret')
    await form.getByRole('button', { name: 'Entrar e salvar' }).click()
    await form.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Enviar uma mensagem de teste para mim' }).click()
    await page.getByText('Enviada para owner@example.com. O servidor respondeu: 250 2.0.0 taken').waitFor()
    await look(page, 'mailbox-settings')

    const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@acme.com.br', source: 'API' })
    const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
    server.next.push({ at: 'hang-up' })
    const letter = { leadId, to: 'ana@acme.com.br', subject: 'Sobre a proposta', body: 'Podemos conversar?' }
    await sendMessage(core, workspaceId, letter, { key: 'ui', runId: null })
    await page.getByRole('link', { name: 'Caixa de e-mail' }).click()
    await page.getByRole('link', { name: /Ana Souza/ }).click()
    await page.getByText('Pode ter chegado, ou não: decida').waitFor()
    await look(page, 'mailbox-uncertain')
    await page.getByRole('button', { name: 'Chegou' }).click()
    await page.getByText('Pode ter chegado, ou não: decida').waitFor({ state: 'detached' })

    await page.getByLabel('Escrever para Ana Souza').fill('Ana, consegue na quinta?')
    await page.getByRole('button', { name: 'Enviar', exact: true }).click()
    await page.getByText('Ana, consegue na quinta?').first().waitFor()
    await expect.poll(() => server.letters.map(({ mail }) => mail.subject)).toContain('Re: Sobre a proposta')
    await look(page, 'mailbox-written')
    const { items } = await listMessages(core, workspaceId, { filter: { leadId, search: 'quinta' } })
    expect(items).toHaveLength(1)
  },
)

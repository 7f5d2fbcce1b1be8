import { expect, it } from 'vitest'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const ASKS = `id: asks
name: Pede a serviços
module: vendas
triggers:
  - event: lead.captured
steps:
  - uses: notify/tell
    with: { title: "\${{ lead.name }} quer falar agora", body: "Respondeu ao anúncio.", urgent: true, leadId: "\${{ lead.id }}" }
  - uses: whatsapp/send
    with: { to: "\${{ lead.phone }}", body: "Oi \${{ lead.name }}, podemos falar hoje?", leadId: "\${{ lead.id }}" }
  - uses: payment/create-charge
    with:
      leadId: "\${{ lead.id }}"
      amount: 149090
      currency: BRL
      description: Primeira mensalidade
      dueOn: "2030-03-01"
      method: PIX
      customer: { name: "\${{ lead.name }}" }
  - uses: audience/add-member
    with: { audience: Parecidos com clientes, leadId: "\${{ lead.id }}" }
`

const desk = useDesk()

it('every page says what will stand there before anything does', { timeout: 180_000 }, async () => {
  const { page } = desk.visitor
  await signIn(page, desk.host, '/admin/outbox')
  for (const [path, title] of [
    ['outbox', 'Nada a enviar'],
    ['notices', 'Nenhum aviso ainda'],
    ['charges', 'Nenhuma cobrança ainda'],
    ['campaigns', 'Nenhuma campanha ainda'],
    ['audiences', 'Nenhum público ainda'],
  ] as const) {
    await page.goto(`${desk.host.url}/admin/${path}`)
    await page.getByRole('heading', { name: title }).waitFor()
    await look(page, `${path}-empty`)
  }
})

it(
  'what a run asked of services is read, sent, paid and exported, and the bell counts what is unread',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await publishPlaybook(core, workspaceId, ASKS)
    await page.goto(`${desk.host.url}/admin/notices`)
    await page.getByRole('link', { name: 'Avisos', exact: true }).first().waitFor()
    const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@example.com', phone: '+5511987654321' })
    await captureLead(core, workspaceId, lead, { source: 'test' })

    // News comes to the bell and to the page by itself
    await page.getByRole('link', { name: 'Avisos: 1 não lido' }).first().waitFor()
    const notice = page.getByRole('listitem').filter({ hasText: 'Ana Souza quer falar agora' })
    await notice.getByText('Urgente').waitFor()
    await look(page, 'notices')
    await notice.getByRole('button', { name: 'Marcar como lido' }).click()
    await page.getByRole('link', { name: 'Avisos', exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Não lidos' }).click()
    await page.getByText('Tudo lido').waitFor()

    await page.goto(`${desk.host.url}/admin/leads`)
    await page.getByTitle('1 mensagem a enviar').first().waitFor()
    await page.goto(`${desk.host.url}/admin/outbox`)
    const message = page.getByRole('region', { name: 'Ana Souza' })
    await message.getByText('podemos falar hoje?').waitFor()
    expect(await message.getByRole('link', { name: 'Abrir no WhatsApp' }).getAttribute('href')).toBe(
      `https://wa.me/5511987654321?text=${encodeURIComponent('Oi Ana Souza, podemos falar hoje?')}`,
    )
    await look(page, 'outbox')
    await message.getByRole('button', { name: 'Marcar como enviada' }).click()
    await look(page, 'outbox-confirm')
    await page.getByRole('dialog').getByRole('button', { name: 'Sim, foi enviada' }).click()
    await page.getByText('Nada a enviar').waitFor()
    await page.getByRole('button', { name: 'Já enviadas' }).click()
    await message.getByText('enviada por uma pessoa').waitFor()
    await page.goto(`${desk.host.url}/admin/mailbox`)
    await page.getByRole('navigation', { name: 'Conversas' }).getByText('Ana Souza', { exact: true }).first().click()
    await page.getByRole('heading', { name: 'WhatsApp' }).waitFor() // it has no subject
    await look(page, 'mailbox-whatsapp')

    await page.goto(`${desk.host.url}/admin/charges`)
    const charge = page.getByRole('region', { name: 'Ana Souza' })
    await charge.getByText('R$ 1.490,90').waitFor()
    await charge.getByText(/vence em 1 de mar/).waitFor()
    await look(page, 'charges')
    await charge.getByRole('button', { name: 'Marcar como paga' }).click()
    await page.getByLabel('Como foi pago').fill('Pix de hoje')
    await look(page, 'charges-confirm')
    await page.getByRole('button', { name: 'Sim, o dinheiro chegou' }).click()
    await charge.getByText('Pix de hoje').waitFor()
    await page.getByRole('button', { name: 'A receber' }).click()
    await page.getByText('Nenhuma cobrança assim').waitFor()

    await page.goto(`${desk.host.url}/admin/audiences`)
    const audience = page.getByRole('region', { name: 'Parecidos com clientes' })
    await audience.getByText('Quem está nela').click()
    await audience.getByRole('link', { name: 'Ana Souza' }).waitFor()
    await look(page, 'audiences')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      audience.getByRole('button', { name: 'Baixar CSV' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('Parecidos com clientes.csv')
  },
)

it('a campaign is added, and its figures of a day are summed', { timeout: 180_000 }, async () => {
  const { page } = desk.visitor
  await page.goto(`${desk.host.url}/admin/campaigns`)
  await page.getByRole('button', { name: 'Nova campanha' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Nome').fill('Verão')
  await dialog.getByLabel('Canal').fill('meta')
  await look(page, 'campaigns-add')
  await dialog.getByRole('button', { name: 'Salvar' }).click()
  const campaign = page.getByRole('region', { name: 'Verão' })
  await campaign.getByText('Nenhum número anotado').waitFor()
  await campaign.getByRole('button', { name: 'Anotar um dia' }).click()
  for (const [label, value] of [
    ['Impressões', '1000'],
    ['Cliques', '50'],
    ['Leads', '4'],
    ['Gasto', '1.120,50'],
  ] as const)
    await dialog.getByLabel(label).fill(value)
  await look(page, 'campaigns-day')
  await dialog.getByRole('button', { name: 'Salvar' }).click()
  await campaign.getByText('R$ 1.120,50').waitFor()
  await campaign.getByText('R$ 280,13').waitFor()
  await look(page, 'campaigns')
})

it('who provides a service is seen and chosen, with a rule', { timeout: 180_000 }, async () => {
  const { page } = desk.visitor
  await page.goto(`${desk.host.url}/admin/services`)
  const service = page.getByRole('region', { name: 'WhatsApp', exact: true })
  await service.getByText('Quem foi chamado nas últimas execuções').click()
  await service.getByText('outbox', { exact: true }).waitFor()
  await service.getByRole('link', { name: 'Pede a serviços' }).waitFor()
  await look(page, 'services')
  await service.getByRole('button', { name: 'Escolher' }).click()
  const dialog = page.getByRole('dialog')
  const rule = dialog.getByRole('textbox')
  await rule.fill('lead.phone !=')
  await dialog.getByRole('button', { name: 'Salvar' }).click()
  await dialog.getByRole('alert').waitFor()
  await look(page, 'services-refused')
  await rule.fill('lead.phone != null')
  await dialog.getByRole('button', { name: 'Salvar' }).click()
  await service.getByText('lead.phone != null').waitFor()
})

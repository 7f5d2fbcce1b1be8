import { expect, it } from 'vitest'
import { answerMeeting } from '../../core/sales/answer-meeting.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { listMeetings, scheduleMeeting } from '../../core/sales/meetings.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a meeting that is booked appears, is moved and cancelled with its reason; who is away is entered and taken back',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await signIn(page, desk.host, '/admin/meetings')
    await page.getByText('Nenhuma reunião marcada').waitFor()
    await page.getByText('Ninguém está fora').waitFor()
    await look(page, 'meetings-empty')

    const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@acme.com.br', source: 'API' })
    const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
    const soon = Date.now() + 3 * 86_400_000
    const booked = await scheduleMeeting(
      core,
      workspaceId,
      {
        leadId,
        title: 'Conversa com Ana Souza',
        startsAt: new Date(soon).toISOString(),
        endsAt: new Date(soon + 30 * 60_000).toISOString(),
        attendees: [{ name: 'Ana Souza', email: 'ana@acme.com.br' }],
      },
      { key: 'test', runId: null },
    )
    const card = page.getByRole('article').filter({ hasText: 'Conversa com Ana Souza' })
    await card.waitFor()
    const meeting = async () =>
      (await listMeetings(core, workspaceId, {})).items.map(({ node }) => node).find(({ id }) => id === booked.id)!

    await card.getByRole('button', { name: 'Remarcar' }).click()
    const moving = page.getByRole('dialog', { name: 'Remarcar “Conversa com Ana Souza”?' })
    const before = await moving.getByLabel('Novo início').inputValue()
    const after = `${before.slice(0, 11)}${before.slice(11, 13) === '10' ? '11' : '10'}:15`
    await moving.getByLabel('Novo início').fill(after)
    await look(page, 'meetings-move')
    await moving.getByRole('button', { name: 'Remarcar' }).click()
    await moving.waitFor({ state: 'detached' })
    const wanted = await page.evaluate(text => new Date(text).toISOString(), after)
    await expect.poll(async () => (await meeting()).startsAt).toBe(wanted)

    const from = { id: booked.id, addresses: ['ana@acme.com.br'], sequence: null, stamp: null }
    await answerMeeting(core, workspaceId, { ...from, answer: 'tentative', note: 'Confirmo até quinta' })
    await card.getByText('Ana Souza talvez venha: “Confirmo até quinta”').waitFor()
    await look(page, 'meetings-answered')

    await card.getByRole('button', { name: 'Cancelar reunião' }).click()
    const cancelling = page.getByRole('dialog', { name: 'Cancelar “Conversa com Ana Souza”?' })
    await cancelling.getByLabel('Motivo (opcional)').fill('O projeto parou')
    await cancelling.getByRole('button', { name: 'Cancelar a reunião' }).click()
    await card.getByText('Cancelada').waitFor()
    await card.getByRole('button', { name: 'Remarcar' }).waitFor({ state: 'detached' })
    expect(await meeting()).toMatchObject({ status: 'CANCELLED' })

    const absences = page.getByRole('region', { name: 'Ausências' })
    await absences.getByRole('button', { name: 'Nova ausência' }).click()
    const adding = page.getByRole('dialog', { name: 'Nova ausência' })
    await adding.getByLabel('Quem').selectOption('owner@example.com')
    await adding.getByLabel('Motivo').fill('Férias')
    await adding.getByLabel('Primeiro dia').fill('2040-03-05')
    await adding.getByLabel('Último dia').fill('2040-03-09')
    await look(page, 'meetings-absence')
    await adding.getByRole('button', { name: 'Marcar ausência' }).click()
    await absences.getByText('5 de março').waitFor()
    await absences.getByText('9 de março').waitFor()
    await look(page, 'meetings')
    await absences.getByRole('button', { name: 'Desfazer' }).click()
    await absences.getByText('Ninguém está fora').waitFor()

    const calendars = page.getByRole('region', { name: 'Outras agendas' })
    const team = calendars.getByRole('listitem').filter({ hasText: 'Todas as reuniões da equipe' })
    await team.getByRole('button', { name: 'Criar endereço secreto' }).click()
    await team.getByRole('button', { name: 'Copiar endereço' }).waitFor()
    await look(page, 'meetings-calendars')
    await team.getByRole('button', { name: 'Revogar' }).click()
    await team.getByText('Sem endereço ainda').waitFor()
    await calendars.getByRole('button', { name: 'Ler outra agenda' }).click()
    const reading = page.getByRole('dialog', { name: 'Ler outra agenda' })
    await reading.getByLabel('Endereço secreto da agenda').fill('http://agenda.example.com/x.ics')
    await reading.getByRole('button', { name: 'Ler agenda' }).click()
    await reading.getByText('starts with https://').waitFor()
    await look(page, 'meetings-calendar-refused')
  },
)

it(
  'a meeting that has begun asks how it went: held with a click, missed with a note, and corrected',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    const book = async (name: string, hoursAgo: number) => {
      const email = `${name.toLowerCase().replaceAll(' ', '.')}@acme.com.br`
      const lead = leadInput.parse({ name, email, company: 'Acme Solar', source: 'API' })
      const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
      const start = Date.now() - hoursAgo * 3_600_000
      const times = { startsAt: new Date(start).toISOString(), endsAt: new Date(start + 30 * 60_000).toISOString() }
      const meeting = { leadId, title: `Conversa com ${name}`, ...times, attendees: [{ name, email }] }
      return scheduleMeeting(core, workspaceId, meeting, { key: name, runId: null })
    }
    const statusOf = async (id: string) =>
      (await listMeetings(core, workspaceId, {})).items.map(({ node }) => node).find(one => one.id === id)?.status
    const rui = await book('Rui Lima', 26)
    const bia = await book('Bia Reis', 0.25)
    await page.goto(`${desk.host.url}/admin/meetings`)
    const open = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Como foi?' }) })
    const past = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Anteriores' }) })
    const cardOf = (name: string) => page.getByRole('article').filter({ hasText: `Conversa com ${name}` })
    await open.getByText('contam como realizadas nos números').waitFor()
    await look(page, 'meetings-open')

    await cardOf('Bia Reis').getByRole('button', { name: 'Realizada' }).click()
    await expect.poll(() => statusOf(bia.id)).toBe('COMPLETED')
    await cardOf('Rui Lima').getByRole('button', { name: 'Não compareceu' }).click()
    const asking = page.getByRole('dialog', { name: 'Ninguém veio a “Conversa com Rui Lima”?' })
    await asking.getByText('oferece outro horário ao lead').waitFor()
    await asking.getByLabel('Observação (opcional)').fill('Ligou: ficou preso no trânsito')
    await look(page, 'meetings-no-show')
    await asking.getByRole('button', { name: 'Não compareceu' }).click()
    await asking.waitFor({ state: 'detached' })
    await past.getByText('“Ligou: ficou preso no trânsito”').waitFor()
    await past.getByText('Nenhuma reunião espera resultado').waitFor()
    await open.waitFor({ state: 'detached' })
    expect(await statusOf(rui.id)).toBe('NO_SHOW')
    await look(page, 'meetings-closed')

    await cardOf('Rui Lima').getByRole('button', { name: 'Corrigir: foi realizada' }).click()
    await cardOf('Rui Lima').getByText('Realizada', { exact: true }).waitFor()
    expect(await statusOf(rui.id)).toBe('COMPLETED')
    await cardOf('Rui Lima').getByRole('button', { name: 'Corrigir: não compareceu' }).click()
    await page.getByRole('dialog').getByText('O resultado muda na história do lead').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Voltar' }).click()

    // The history of the lead tells all three
    await cardOf('Rui Lima')
      .getByRole('link', { name: /Rui Lima/ })
      .click()
    await page.getByText('Conversa com Rui Lima: Ligou: ficou preso no trânsito').waitFor()
    await look(page, 'meetings-in-history')
  },
)

import { expect, it } from 'vitest'
import { freeTimes } from '../../core/sales/availability.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { findMeetings, scheduleMeeting } from '../../core/sales/meetings.ts'
import { signIn, visit } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'the lead opens the page that the team copied, moves the meeting, is told of a time that is gone, and cancels; without scripts',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString()
    const free = await freeTimes(core, workspaceId, { from: day(2), to: day(20), minutes: 30, limit: 100 })
    const book = async (name: string, startsAt: string) => {
      const email = `${name.toLowerCase().replaceAll(' ', '.')}@acme.com.br`
      const lead = leadInput.parse({ name, email, phone: '+5592987654321', company: 'Acme Solar' })
      const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
      const endsAt = new Date(Date.parse(startsAt) + 30 * 60_000).toISOString()
      const times = { startsAt, endsAt, location: 'https://meet.example.com/conversa' }
      const meeting = { leadId, title: `Conversa com ${name}`, ...times, attendees: [{ name, email }] }
      return scheduleMeeting(core, workspaceId, meeting, { key: name, runId: null })
    }
    const { id } = await book('Ana Souza', free[20]!.startsAt)
    const meeting = async () => (await findMeetings(core, workspaceId, [id]))[0]!

    await signIn(page, desk.host, '/admin/meetings')
    const card = page.getByRole('article').filter({ hasText: 'Conversa com Ana Souza' })
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await card.getByRole('button', { name: 'Copiar link do lead' }).click()
    await card.getByText('Copiado').waitFor()
    await look(page, 'meeting-page-copied')
    const link = await page.evaluate(() => navigator.clipboard.readText())
    expect(new URL(link).pathname).toMatch(/^\/meetings\/[0-9a-f]{32}-[\w-]{43}$/)

    const lead = await visit(desk.browser, desk.host.url, { javaScriptEnabled: false })
    await lead.page.goto(new URL(link).pathname)
    await lead.page.getByRole('heading', { name: 'Conversa com Ana Souza' }).waitFor()
    await lead.page.getByText('Horário Padrão do Amazonas (GMT-4)').waitFor()
    await look(lead.page, 'meeting-page')

    const moving = lead.page.locator('details').filter({ hasText: 'Escolher outro horário' }).first()
    await moving.locator('summary').first().click()
    await moving.locator('.day').nth(1).locator('summary').click()
    const wanted = moving.locator('.day').nth(1).getByRole('radio').first()
    const chosen = await wanted.getAttribute('value')
    await wanted.check()
    await look(lead.page, 'meeting-page-times')
    await moving.getByRole('button', { name: 'Mudar para o horário escolhido' }).click()
    await lead.page.getByRole('status').getByText('Pronto: a reunião mudou').waitFor()
    expect((await meeting()).startsAt).toBe(chosen)
    await look(lead.page, 'meeting-page-moved')

    // While they look, somebody else is given the time that they choose
    await moving.locator('summary').first().click()
    const gone = moving.locator('.day').first().getByRole('radio').last()
    await book('Rui Lima', (await gone.getAttribute('value'))!)
    await gone.check()
    await moving.getByRole('button', { name: 'Mudar para o horário escolhido' }).click()
    await lead.page.getByRole('alert').getByText('Esse horário acabou de ser ocupado').waitFor()
    await moving.getByRole('radio').first().waitFor() // the list stands open
    expect((await meeting()).startsAt).toBe(chosen)
    await look(lead.page, 'meeting-page-taken')

    await lead.page.getByText('Cancelar a reunião', { exact: true }).click()
    await lead.page.getByLabel('Motivo').fill('Viagem de última hora')
    await look(lead.page, 'meeting-page-cancelling')
    await lead.page.getByRole('button', { name: 'Sim, cancelar a reunião' }).click()
    await lead.page.getByRole('status').getByText('Pronto: a reunião foi cancelada').waitFor()
    expect((await meeting()).status).toBe('CANCELLED')
    await look(lead.page, 'meeting-page-cancelled')
    await lead.page.goto('/meetings/nothing')
    await lead.page.getByText('Este link não vale').waitFor()
    await look(lead.page, 'meeting-page-unknown')

    await card.getByText('Cancelada').waitFor()
    await card.getByRole('button', { name: 'Copiar link do lead' }).waitFor({ state: 'detached' })
    await card.getByRole('link', { name: /Ana Souza/ }).click()
    await page.getByText('Conversa com Ana Souza (pelo lead): Viagem de última hora').waitFor()
    await look(page, 'meeting-page-history')
  },
)

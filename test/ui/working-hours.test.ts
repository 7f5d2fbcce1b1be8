import { expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { findMeetings, scheduleMeeting } from '../../core/sales/meetings.ts'
import { listWorkingHours } from '../../core/sales/working-hours.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'hours of the team and of a person are set; meetings in an absence are shown there and handed over',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    const rows = (text: string, values: readonly unknown[]) => core.sql.query({ name: '', text }, values)
    const bia = newId()
    await rows(`insert into users (id, email, name, password_hash, locale, created_at) values ($1, 'bia@trae.example', 'Bia Reis', '', 'pt-BR', now())`, [bia]) // prettier-ignore
    await rows(`insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, 'OPERATOR', now() + interval '1 hour')`, [workspaceId, bia]) // prettier-ignore
    await signIn(page, desk.host, '/admin/meetings')

    const card = page.getByRole('region', { name: 'Horário de atendimento' })
    const item = (name: string) => card.getByRole('listitem').filter({ hasText: name })
    await item('Toda a equipe').getByText('seg–sex · 09:00–18:00 · America/Sao Paulo').waitFor()
    await item('Bia Reis').getByText('Segue o horário da equipe').waitFor()

    await item('Toda a equipe').getByRole('button', { name: 'Alterar' }).click()
    const team = page.getByRole('dialog', { name: 'Horário da equipe' })
    await team.getByLabel('Das').fill('19:00')
    await team.getByText('O fim precisa vir depois do começo.').waitFor()
    await look(page, 'working-hours-backwards')
    await team.getByRole('button', { name: 'Salvar horário' }).click()
    expect(await team.isVisible()).toBe(true) // nothing was sent
    await team.getByLabel('Das').fill('08:30')
    await team.getByLabel('Sábado').check()
    await team.getByRole('button', { name: 'Salvar horário' }).click()
    await team.waitFor({ state: 'detached' })
    await item('Toda a equipe').getByText('seg–sáb · 08:30–18:00').waitFor()

    await item('Bia Reis').getByRole('button', { name: 'Alterar' }).click()
    const hers = page.getByRole('dialog', { name: 'Horário de Bia Reis' })
    await hers.getByLabel('Quarta').uncheck()
    await hers.getByLabel('Sábado').uncheck()
    await hers.getByLabel('Até').fill('13:00')
    await hers.getByLabel('Fuso horário').selectOption('America/Manaus')
    await look(page, 'working-hours-person')
    await hers.getByRole('button', { name: 'Salvar horário' }).click()
    await item('Bia Reis').getByText('seg, ter, qui, sex · 08:30–13:00 · America/Manaus').waitFor()
    expect((await listWorkingHours(core, workspaceId)).at(-1)).toEqual({
      userId: bia,
      hours: { days: ['mon', 'tue', 'thu', 'fri'], opens: 510, closes: 780, timeZone: 'America/Manaus' },
      own: true,
    })

    const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@acme.com.br', source: 'API' })
    const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
    const day = await page.evaluate(() => {
      const soon = new Date(Date.now() + 3 * 86_400_000)
      return new Date(soon.getTime() - soon.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
    })
    const startsAt = await page.evaluate(text => new Date(text).toISOString(), `${day}T22:00`) // in nobody's hours: the owner takes it
    const meeting = {
      leadId,
      title: 'Conversa com Ana Souza',
      startsAt,
      endsAt: new Date(Date.parse(startsAt) + 1_800_000).toISOString(),
      attendees: [{ name: 'Ana Souza', email: 'ana@acme.com.br' }],
    }
    const { id } = await scheduleMeeting(core, workspaceId, meeting, { key: 'test', runId: null })
    const absences = page.getByRole('region', { name: 'Ausências' })
    await absences.getByRole('button', { name: 'Nova ausência' }).click()
    const adding = page.getByRole('dialog', { name: 'Nova ausência' })
    await adding.getByLabel('Quem').selectOption('owner@example.com')
    await adding.getByLabel('Motivo').fill('Férias')
    await adding.getByLabel('Primeiro dia').fill(day)
    await adding.getByLabel('Último dia').fill(day)
    await adding.getByRole('button', { name: 'Marcar ausência' }).click()
    await absences.getByText('1 reunião marcada nesse período').waitFor()
    await look(page, 'working-hours-absence')

    await absences.getByRole('button', { name: 'Passar a outra pessoa' }).click()
    const giving = page.getByRole('dialog', { name: 'Quem fica com “Conversa com Ana Souza”?' })
    await giving.getByRole('combobox').waitFor()
    expect(await giving.getByRole('option').allTextContents()).toEqual(['Bia Reis (bia@trae.example)'])
    await look(page, 'working-hours-hand-over')
    await giving.getByRole('button', { name: 'Passar a reunião' }).click()
    await absences.getByText('1 reunião marcada nesse período').waitFor({ state: 'detached' })
    await page.getByRole('article').getByText('Com Bia Reis').waitFor()
    expect((await findMeetings(core, workspaceId, [id]))[0]!.ownerId).toBe(bia)

    await item('Bia Reis').getByRole('button', { name: 'Seguir a equipe' }).click()
    await item('Bia Reis').getByText('Segue o horário da equipe').waitFor()
    await look(page, 'working-hours')

    await page.evaluate(() => localStorage.setItem('trae.locale', 'en'))
    await page.reload()
    const english = page.getByRole('region', { name: 'Working hours' })
    await english.getByText('Mon–Sat · 08:30–18:00').waitFor()
    await page.getByRole('article').getByText('With Bia Reis').waitFor()
    await look(page, 'working-hours-en')
  },
)

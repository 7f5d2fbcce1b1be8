import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readAudit } from '../../core/access/audit.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { addAbsence, listAbsences } from '../../core/sales/absences.ts'
import { assignMeeting } from '../../core/sales/assign-meeting.ts'
import { busy, freeTimes } from '../../core/sales/availability.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { findMeetings, scheduleMeeting } from '../../core/sales/meetings.ts'
import { assignLead, nextCloser } from '../../core/sales/team.ts'
import {
  type HoursInput,
  listWorkingHours,
  resetWorkingHours,
  setWorkingHours,
} from '../../core/sales/working-hours.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS, emptyTables } from '../support/database.ts'

const WORKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const
const OWNER = 'owner@example.com'
/** A Tuesday; São Paulo is three hours behind UTC. */
const DAY = '2030-03-05'
const at = (time: string, day = DAY) => new Date(`${day}T${time}:00-03:00`).toISOString()

describe.each(DATABASE_KINDS)('the calendar of a team (%s)', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
    core.clock.to(new Date('2030-03-01T12:00:00Z'))
  })
  afterAll(() => core?.close())
  beforeEach(async () => {
    await emptyTables(core.sql, 'working_hours', 'meetings', 'absences', 'notices', 'deals')
    await rows(`delete from memberships where user_id in (select id from users where email <> $1)`, [OWNER])
    await rows(`insert into memberships (workspace_id, user_id, role, created_at) select $1, id, 'OWNER', '2020-01-01' from users where email = $2 on conflict (workspace_id, user_id) do update set created_at = excluded.created_at`, [core.workspaceId, OWNER]) // prettier-ignore
  })

  const rows = <T = Record<string, unknown>>(text: string, values: readonly unknown[] = []) =>
    core.sql.query<T & Record<string, unknown>>({ name: '', text }, values)
  let count = 0
  /** One more of the team, after those who are there; its id. */
  const join = async (name: string, role = 'OPERATOR') => {
    const id = newId()
    await rows(`insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, $3, '', 'pt-BR', $4)`, [id, `${name.toLowerCase()}-${++count}@trae.example`, name, core.clock.now()]) // prettier-ignore
    await rows(`insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)`, [core.workspaceId, id, role, new Date(Date.UTC(2025, 0, 1) + count)]) // prettier-ignore
    return id
  }
  const emailOf = async (id: string) =>
    (await rows<{ email: string }>('select email from users where id = $1', [id]))[0]!.email
  const ownerId = async () => (await rows<{ id: UserId }>('select id from users where email = $1', [OWNER]))[0]!.id
  const by = async () => ({ workspaceId: core.workspaceId, userId: await ownerId() })
  const hours = async (input: Partial<HoursInput>) =>
    setWorkingHours(core, await by(), {
      email: null,
      days: WORKDAYS,
      from: '09:00',
      to: '18:00',
      timeZone: null,
      ...input,
    })
  const lead = async (owner?: string) => {
    const input = leadInput.parse({ name: 'Ana', email: `ana-${newId()}@acme.com.br` })
    const { leadId } = await captureLead(core, core.workspaceId, input, { source: 'test' })
    if (owner) await rows('update leads set owner_id = $2 where id = $1', [leadId, owner])
    return leadId
  }
  const book = async (startsAt: string, { leadId, minutes = 30 }: { leadId?: string; minutes?: number } = {}) => {
    const meeting = {
      leadId: leadId ?? (await lead()),
      title: 'Conversa',
      startsAt,
      endsAt: new Date(Date.parse(startsAt) + minutes * 60_000).toISOString(),
      attendees: [],
    }
    return (await scheduleMeeting(core, core.workspaceId, meeting, { key: newId(), runId: null })).id
  }
  const takerOf = async (id: string) => (await findMeetings(core, core.workspaceId, [id]))[0]!.ownerId
  const free = async (from: string, to: string, minutes = 30, limit = 250) =>
    (await freeTimes(core, core.workspaceId, { from, to, minutes, limit })).map(slot => slot.startsAt)
  const notices = () =>
    rows<{ title: string; body: string; user_id: string | null }>('select title, body, user_id from notices order by created_at, id') // prettier-ignore

  describe('working hours', () => {
    it('are Monday to Friday, 9 to 18, until somebody says otherwise', async () => {
      const bia = await join('Bia')
      const usual = { days: WORKDAYS, opens: 540, closes: 1080, timeZone: 'America/Sao_Paulo' }
      expect(await listWorkingHours(core, core.workspaceId)).toEqual([
        { userId: null, hours: usual, own: false },
        { userId: await ownerId(), hours: usual, own: false },
        { userId: bia, hours: usual, own: false },
      ])
      const found = await free(at('00:00', '2030-03-08'), at('00:00', '2030-03-12')) // Friday to Monday
      expect([found[0], found.at(-1), found.length]).toEqual([at('09:00', '2030-03-08'), at('17:30', '2030-03-11'), 36])
    })

    it('of the workspace hold for everybody, those of a person for that person, in their own time zone', async () => {
      const bia = await join('Bia')
      await hours({ from: '10:00', to: '12:00', days: ['tue', 'sat'] })
      expect(await free(at('00:00'), at('23:59'))).toEqual(['10:00', '10:30', '11:00', '11:30'].map(time => at(time)))
      expect(await free(at('00:00', '2030-03-09'), at('23:59', '2030-03-09'), 120)).toEqual([at('10:00', '2030-03-09')])
      await hours({ email: await emailOf(bia), from: '13:15', to: '14:30', timeZone: 'America/Manaus' }) // an hour behind
      expect(await free(at('11:30'), at('23:59'))).toEqual([at('11:30'), at('14:30'), at('15:00')])
      await resetWorkingHours(core, await by(), await emailOf(bia))
      await resetWorkingHours(core, await by(), null)
      await resetWorkingHours(core, await by(), null)
      expect((await listWorkingHours(core, core.workspaceId)).map(({ own }) => own)).toEqual([false, false, false])
      const audited = [...(await readAudit(core, core.workspaceId, 'workspace:hours')), ...(await readAudit(core, core.workspaceId, `user:${bia}`))] // prettier-ignore
      expect(audited.map(({ action, data, actor }) => [action, data, actor])).toEqual([
        ['working-hours.reset', {}, `user:${await ownerId()}`],
        ['working-hours.set', { days: ['tue', 'sat'], from: '10:00', to: '12:00', timeZone: null }, `user:${await ownerId()}`],
        ['working-hours.reset', {}, `user:${await ownerId()}`],
        ['working-hours.set', { days: WORKDAYS, from: '13:15', to: '14:30', timeZone: 'America/Manaus' }, `user:${await ownerId()}`],
      ]) // prettier-ignore
    })

    it.each<[string, Partial<HoursInput>, RegExp, string]>([
      ['that end before they begin', { from: '18:00', to: '09:00' }, /must begin before they end; found 18:00 to 09:00/, 'BAD_USER_INPUT'],
      ['that end when they begin', { from: '09:00', to: '09:00' }, /must begin before they end/, 'BAD_USER_INPUT'],
      ['of a time that is none', { to: '25:00' }, /"25:00" is no time of day/, 'BAD_USER_INPUT'],
      ['of the workspace without a day', { days: [] }, /need a day at least/, 'BAD_USER_INPUT'],
      ['in a zone that is none', { email: OWNER, timeZone: 'Mars/Olympus' }, /no time zone "Mars\/Olympus"/, 'BAD_USER_INPUT'],
      ['of the workspace in another zone', { timeZone: 'UTC' }, /give one only to a person/, 'BAD_USER_INPUT'],
      ['of nobody', { email: 'nobody@example.com' }, /nobody@example.com takes no meetings here/, 'NOT_FOUND'],
    ])('%s are refused, and change nothing', async (_what, input, message, code) => {
      const before = await readAudit(core, core.workspaceId, 'workspace:hours')
      await expect(hours(input)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as unknown })
      expect(await rows('select 1 from working_hours')).toEqual([])
      expect(await readAudit(core, core.workspaceId, 'workspace:hours')).toEqual(before)
    }) // prettier-ignore
  })

  describe('a time', () => {
    it('is free where one person is, for all of it', async () => {
      const bia = await join('Bia')
      const meeting = await book(at('09:00'), { leadId: await lead(bia), minutes: 30 })
      expect(await takerOf(meeting)).toBe(bia)
      expect((await free(at('09:00'), at('10:00'))).length).toBe(2) // the owner is free
      await addAbsence(core, core.workspaceId, {
        email: OWNER,
        startsAt: at('09:30'),
        endsAt: at('12:00'),
        title: 'Médico',
      })
      // At each moment somebody is free, but nobody from 9:00 to 10:00
      expect(await free(at('09:00'), at('10:00'))).toEqual([at('09:00'), at('09:30')])
      expect(await free(at('09:00'), at('10:00'), 60)).toEqual([])
      expect(await busy(core, core.workspaceId, { from: at('09:00'), to: at('10:00') })).toEqual([])
    })

    it('is offered by nobody who takes no meetings, or is a viewer', async () => {
      await join('Vera', 'VIEWER')
      const bia = await join('Bia')
      await hours({ email: OWNER, days: [] })
      await addAbsence(core, core.workspaceId, {
        email: await emailOf(bia),
        startsAt: at('00:00'),
        endsAt: at('12:00'),
        title: 'Férias',
      })
      expect((await free(at('00:00'), at('23:59')))[0]).toBe(at('12:00'))
      await expect(book(at('10:00'))).rejects.toMatchObject({ code: 'CONFLICT' })
      expect(await takerOf(await book(at('20:00')))).toBe(bia) // nobody works then: whoever takes meetings and is free
    })

    it('at which nobody can be is on a national holiday', async () => {
      await join('Bia')
      expect((await free(at('00:00', '2030-04-19'), at('00:00', '2030-04-24')))[0]).toBe(at('09:00', '2030-04-22')) // Good Friday
    })

    it('is looked for 60 days ahead at most, however late the end', async () => {
      await hours({ email: OWNER, days: [] })
      expect(await free(at('00:00'), '9999-12-31T00:00:00Z', 30, 1)).toEqual([])
    })

    it('is one person’s where nobody takes meetings', async () => {
      await rows('delete from memberships')
      const meeting = await book(at('09:00'))
      expect(await takerOf(meeting)).toBeNull()
      expect(await free(at('09:00'), at('10:30'))).toEqual([at('09:30'), at('10:00')])
      await expect(book(at('09:00'))).rejects.toMatchObject({ code: 'CONFLICT' })
    })
  })

  describe('a meeting', () => {
    it('is taken by the lead’s owner, else the deal’s, else who has the fewest that day, else who is longest here', async () => {
      const owner = await ownerId()
      const [bia, caio] = [await join('Bia'), await join('Caio')]
      expect(await takerOf(await book(at('09:00')))).toBe(owner)
      expect(await takerOf(await book(at('10:00')))).toBe(bia)
      expect(await takerOf(await book(at('11:00')))).toBe(caio)
      expect(await takerOf(await book(at('12:00')))).toBe(owner)
      expect(await takerOf(await book(at('13:00'), { leadId: await lead(owner) }))).toBe(owner)
      const ofDeal = await lead()
      await rows(`insert into deals (id, workspace_id, lead_id, title, stage, currency, probability, owner_id, created_at, updated_at) values ($1, $2, $3, 'D', 'PROPOSAL', 'BRL', 50, $4, now(), now())`, [newId(), core.workspaceId, ofDeal, owner]) // prettier-ignore
      expect(await takerOf(await book(at('14:00'), { leadId: ofDeal }))).toBe(owner)
      // Of another day the load does not count; the owner is in a meeting: the next who is free
      const busyOwner = await lead(owner)
      await book(at('09:00', '2030-03-06'), { leadId: busyOwner })
      expect(await takerOf(await book(at('09:00', '2030-03-06'), { leadId: await lead(owner) }))).toBe(bia)
    })

    it('is never one of two at once, however many are booked at the same moment', async () => {
      await join('Bia')
      await join('Caio')
      const leads = await Promise.all(Array.from({ length: 8 }, () => lead()))
      const results = await Promise.allSettled(leads.map(leadId => book(at('15:00'), { leadId })))
      const booked = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
      expect(booked).toHaveLength(3)
      expect(new Set(await Promise.all(booked.map(takerOf))).size).toBe(3)
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONFLICT' }) // prettier-ignore
    })

    it('and an absence that are entered at the same moment see each other', async () => {
      const email = OWNER
      for (let hour = 9; hour < 14; hour++) {
        const leadId = await lead()
        const [meeting, absence] = await Promise.allSettled([
          book(at(`${String(hour).padStart(2, '0')}:00`), { leadId }),
          addAbsence(core, core.workspaceId, { email, startsAt: at(`${String(hour).padStart(2, '0')}:00`), endsAt: at(`${hour + 1}:00`), title: 'Médico' }), // prettier-ignore
        ])
        const named = (absence as PromiseFulfilledResult<{ meetingIds: string[] }>).value.meetingIds
        expect(named).toEqual(meeting.status === 'fulfilled' ? [meeting.value] : [])
      }
    })

    it('that is moved stays with whoever has it where they can, else a free colleague gets it and a notice', async () => {
      const owner = await ownerId()
      const bia = await join('Bia')
      const meeting = await book(at('09:00'), { leadId: await lead(owner) })
      await moveMeeting(core, core.workspaceId, { id: meeting, startsAt: at('10:00') })
      expect(await takerOf(meeting)).toBe(owner)
      await moveMeeting(core, core.workspaceId, { id: meeting, startsAt: at('20:00') }) // outside of hours, by hand
      expect(await takerOf(meeting)).toBe(owner)
      expect(await notices()).toEqual([])
      await book(at('11:00'), { leadId: await lead(owner) })
      await moveMeeting(core, core.workspaceId, { id: meeting, startsAt: at('11:00') })
      expect(await takerOf(meeting)).toBe(bia)
      expect(await notices()).toEqual([{ title: 'Uma reunião passou para você: Conversa', body: expect.stringContaining('11:00'), user_id: bia }]) // prettier-ignore
      const other = await book(at('16:00'))
      await expect(moveMeeting(core, core.workspaceId, { id: other, startsAt: at('11:00') })).rejects.toMatchObject({ code: 'CONFLICT' }) // prettier-ignore
      expect((await findMeetings(core, core.workspaceId, [other]))[0]!.startsAt).toBe(at('16:00'))
    })

    it('is handed over to whoever is free, and to nobody else', async () => {
      const owner = await ownerId()
      const bia = await join('Bia')
      const meeting = await book(at('09:00'), { leadId: await lead(owner) })
      const theirs = await book(at('09:00'), { leadId: await lead(bia) })
      const give = (email: string) => assignMeeting(core, core.workspaceId, { id: meeting, email })
      await expect(give(await emailOf(bia))).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(give('nobody@example.com')).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await cancelMeeting(core, core.workspaceId, { id: theirs })
      await give(OWNER) // has it already
      expect(await notices()).toEqual([])
      await give(await emailOf(bia))
      expect(await takerOf(meeting)).toBe(bia)
      expect((await notices()).map(({ user_id }) => user_id)).toEqual([bia])
    })

    it('is handed off by whoever takes it; a lead that changes hands leaves meetings that its new owner cannot take', async () => {
      const owner = await ownerId()
      const bia = await join('Bia')
      await book(at('09:00'), { leadId: await lead(owner) })
      const leadId = await lead(owner)
      const meeting = await book(at('09:00'), { leadId })
      expect(await takerOf(meeting)).toBe(bia)
      expect((await nextCloser(core, core.workspaceId, { leadId, at: at('09:00') })).id).toBe(bia)
      const later = await book(at('15:00'), { leadId })
      await assignLead(core, core.workspaceId, { leadId, closer: OWNER })
      expect([await takerOf(meeting), await takerOf(later)]).toEqual([bia, owner])
      await assignLead(core, core.workspaceId, { leadId, closer: await emailOf(bia) })
      expect([await takerOf(meeting), await takerOf(later)]).toEqual([bia, bia])
    })
  })

  it('an absence names the meetings that it covers, and everybody is told who is free for each', async () => {
    const owner = await ownerId()
    const [bia, caio] = [await join('Bia'), await join('Caio')]
    const first = await book(at('09:00'), { leadId: await lead(bia) })
    const second = await book(at('11:00'), { leadId: await lead(bia) })
    await book(at('11:00'), { leadId: await lead(owner) })
    await book(at('11:00'), { leadId: await lead(caio) })
    await book(at('16:00'), { leadId: await lead(bia) })
    const cancelled = await book(at('12:00'), { leadId: await lead(bia) })
    await cancelMeeting(core, core.workspaceId, { id: cancelled })
    const away = { email: await emailOf(bia), startsAt: at('08:00'), endsAt: at('14:00'), title: 'Médico' }
    const { id, meetingIds } = await addAbsence(core, core.workspaceId, away)
    expect(meetingIds).toEqual([first, second])
    expect(await takerOf(first)).toBe(bia) // a person decides
    const [notice, ...others] = await notices()
    expect(others).toEqual([])
    expect(notice).toMatchObject({ title: 'Bia vai estar fora: 2 reuniões precisam de outra pessoa ou de outro horário', user_id: null }) // prettier-ignore
    expect(notice!.body.split('\n')).toEqual([
      expect.stringMatching(/09:00: Conversa \(livre: .*Caio\)$/),
      expect.stringMatching(/11:00: Conversa \(ninguém mais está livre\)$/),
    ])
    const listed = async () =>
      (await listAbsences(core, core.workspaceId)).find(absence => absence.id === id)!.meetingIds
    expect(await listed()).toEqual([first, second])
    await assignMeeting(core, core.workspaceId, { id: first, email: await emailOf(caio) })
    await moveMeeting(core, core.workspaceId, { id: second, startsAt: at('17:00') })
    expect(await listed()).toEqual([])
    await addAbsence(core, core.workspaceId, { ...away, startsAt: at('08:00', '2030-03-07'), endsAt: at('14:00', '2030-03-07') }) // prettier-ignore
    expect((await notices()).filter(({ title }) => title.includes('fora'))).toHaveLength(1) // nothing is booked then
  })
})

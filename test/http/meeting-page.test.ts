import ICAL from 'ical.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createFeed } from '../../core/calendars/feed.ts'
import { newId } from '../../core/ids.ts'
import { erasePerson } from '../../core/privacy/erase-person.ts'
import { addAbsence } from '../../core/sales/absences.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { cancelByLead, moveByLead } from '../../core/sales/change-by-lead.ts'
import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { closeMeeting } from '../../core/sales/close-meeting.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { changeLink } from '../../core/sales/meeting-link.ts'
import { findMeetings, scheduleMeeting } from '../../core/sales/meetings.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { DATABASE_KINDS, emptyTables } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

/** A Monday, nine in the morning in São Paulo. */
const MONDAY = Date.parse('2030-03-11T12:00:00Z')
const WEDNESDAY = '2030-03-13T14:00:00.000Z'
const THURSDAY = '2030-03-14T17:30:00.000Z'
const MINUTE = 60_000

describe.each(DATABASE_KINDS)('the page of a meeting, on %s', kind => {
  let world: TestServer
  let now = MONDAY
  beforeAll(async () => void (world = await openTestServer(kind)))
  afterAll(() => world?.close())
  beforeEach(async () => {
    await emptyTables(world.core.sql, 'meetings', 'absences', 'notices', 'activities', 'events')
    await rows(`delete from memberships where user_id in (select id from users where email like '%@trae.example')`)
    world.core.clock.to(new Date(now)) // it never goes back
  })

  const rows = <T = Record<string, unknown>>(text: string, values: readonly unknown[] = []) =>
    world.core.sql.query<T & Record<string, unknown>>({ name: '', text }, values)
  const at = (instant: string | number) => {
    const wanted = typeof instant === 'string' ? Date.parse(instant) : instant
    now = wanted + 7 * 86_400_000 - ((wanted - MONDAY) % (7 * 86_400_000)) // the next test begins on the Monday after
    world.core.clock.to(new Date(wanted))
  }
  /** The same moment of the week that the test is in. */
  const week = (instant: string) => new Date(Date.parse(instant) + (now - MONDAY)).toISOString()
  let count = 0
  const book = async (
    fields: Record<string, unknown> = {},
    {
      startsAt = week(WEDNESDAY),
      minutes = 30,
      ...more
    }: Record<string, unknown> & { startsAt?: string; minutes?: number } = {},
  ) => {
    const { core } = world
    const email = `ana-${++count}-${kind}@acme.com.br`
    const lead = leadInput.parse({ name: 'Ana Souza', email, ...fields })
    const { leadId } = await captureLead(core, core.workspaceId, lead, { source: 'test' })
    const endsAt = new Date(Date.parse(startsAt) + minutes * MINUTE).toISOString()
    const attendees = [{ name: 'Ana Souza', email }]
    const meeting = { leadId, title: 'Conversa com Ana', startsAt, endsAt, attendees, ...more }
    const { id } = await scheduleMeeting(core, core.workspaceId, meeting, { key: newId(), runId: null })
    return { id, leadId, email, url: new URL(changeLink(core, id)).pathname }
  }
  const get = (url: string, headers: Record<string, string> = {}) => fetch(world.url + url, { redirect: 'manual', headers }) // prettier-ignore
  const textOf = async (url: string) => (await get(url)).text()
  const post = (url: string, fields: Record<string, string>) =>
    fetch(world.url + url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  const move = (url: string, startsAt: string, sequence = 0) =>
    post(url, { do: 'move', startsAt, sequence: `${sequence}` })
  const cancel = (url: string, reason: string, sequence = 0) => post(url, { do: 'cancel', reason, sequence: `${sequence}` }) // prettier-ignore
  const alertOf = (page: string) => /role="alert">([^<]*)</.exec(page)?.[1]
  const offered = (page: string) => [...page.matchAll(/name="startsAt" value="([^"]+)"/g)].map(match => match[1])
  const meetingOf = async (id: string) => (await findMeetings(world.core, world.core.workspaceId, [id]))[0]!
  const told = () => rows<{ type: string; data: Record<string, unknown> }>(`select type, data from events where type like 'meeting.%' order by id`) // prettier-ignore
  const history = (leadId: string) => rows(`select kind, summary from activities where lead_id = $1 and kind like 'MEETING_%' order by occurred_at, id`, [leadId]) // prettier-ignore
  const addPerson = async (name: string) => {
    const id = newId()
    await rows(`insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, $3, '', 'pt-BR', now())`, [id, `${id}@trae.example`, name]) // prettier-ignore
    await rows(`insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, 'OPERATOR', now())`, [world.core.workspaceId, id]) // prettier-ignore
    return id
  }

  it('shows what, with whom, where and when, in the time zone of the lead, which is named; and changes nothing', async () => {
    const { id, url } = await book({ phone: '+5592987654321' }, { location: 'https://meet.example.com/abc', title: '<b>Conversa</b>' }) // prettier-ignore
    const response = await get(url)
    expect(response.status).toBe(200)
    const page = await response.text()
    expect(page).toContain('&lt;b&gt;Conversa&lt;/b&gt;')
    expect(page).toContain('quarta-feira, 13 de março')
    expect(page).toContain('10:00 – 10:30') // eleven in São Paulo
    expect(page).toContain('Horário Padrão do Amazonas (GMT-4)')
    expect(page).toContain('<a href="https://meet.example.com/abc">')
    expect(page).toMatch(/<dd>[^<]+, [^<]+<\/dd>/)
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      'cache-control': 'no-store',
      'content-language': 'pt-BR',
    })
    expect(page).not.toContain('<script')
    await get(`${url}?do=cancel&sequence=0`)
    await fetch(world.url + url, { method: 'HEAD' })
    expect(await meetingOf(id)).toMatchObject({ status: 'SCHEDULED', startsAt: week(WEDNESDAY) })
    expect(await told()).toEqual([])

    const english = await textOf((await book({ locale: 'en' }, { startsAt: week('2030-03-13T18:00:00Z') })).url)
    expect(english).toContain('Wednesday, March 13')
    expect(english).toContain('Brasilia Standard Time (GMT-3)')
    expect(english).toContain('Choose another time')
  })

  it('offers the free times of whoever the lead meets by day, in working hours, and none that is taken or too soon', async () => {
    const { url } = await book()
    await book({}, { startsAt: week(THURSDAY) })
    const times = offered(await textOf(url))
    expect(times[0]).toBe(week('2030-03-11T14:00:00Z')) // two hours from now
    expect(times).not.toContain(week(WEDNESDAY))
    expect(times).not.toContain(week(THURSDAY))
    expect(times.at(-1)).toBe(new Date(Date.parse(week('2030-03-27T13:30:00Z'))).toISOString()) // two weeks after the meeting
    for (const time of times) {
      const hour = new Date(time!).getUTCHours()
      expect(new Date(time!).getUTCDay() % 6).not.toBe(0)
      expect(hour >= 12 && hour < 21).toBe(true)
    }
    expect(new Set(times).size).toBe(times.length)

    // A colleague's times are not offered while the taker has any; once the taker is away, they are
    await addPerson('Bia')
    expect(offered(await textOf(url))).toEqual(times)
    const away = { startsAt: week('2030-03-11T00:00:00Z'), endsAt: week('2030-04-11T00:00:00Z'), title: 'Férias' }
    await addAbsence(world.core, world.core.workspaceId, { ...away, email: 'owner@example.com' })
    expect(offered(await textOf(url))).toContain(week(THURSDAY))
  })

  it('moves the meeting to the time that was chosen, once, and says that it was the lead', async () => {
    const { id, leadId, url } = await book()
    const answers = await Promise.all([move(url, week(THURSDAY)), move(url, week(THURSDAY))])
    for (const answer of answers) {
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toBe(`${url}?done=moved`)
    }
    expect((await move(url, week(THURSDAY))).status).toBe(303)
    expect(await meetingOf(id)).toMatchObject({ startsAt: week(THURSDAY), endsAt: week('2030-03-14T18:00:00Z') })
    expect(await told()).toEqual([
      {
        type: 'meeting.moved',
        data: { leadId, meetingId: id, startsAt: week(THURSDAY), endsAt: week('2030-03-14T18:00:00Z'), reason: null, by: 'lead' }, // prettier-ignore
      },
    ])
    expect(await history(leadId)).toEqual([
      {
        kind: 'MEETING_MOVED',
        summary: expect.stringMatching(/^Conversa com Ana \(pelo lead\): qui\..*14:30$/) as unknown,
      },
    ])
    const page = await textOf(answers[0]!.headers.get('location')!)
    expect(page).toContain('Pronto: a reunião mudou')
    expect(page).toContain('14:30 – 15:00')
  })

  it('refuses a time that was taken meanwhile or was never offered, keeps the meeting, and offers fresh times', async () => {
    const { id, url } = await book()
    await book({}, { startsAt: week(THURSDAY) })
    for (const wanted of [
      week(THURSDAY),
      week('2030-03-17T15:00:00Z'),
      week('2030-03-14T05:00:00Z'),
      week('2030-03-14T17:45:00Z'),
      week('2030-03-11T12:30:00Z'),
      '2020-01-06T14:00:00Z',
    ]) {
      const answer = await move(url, wanted)
      expect([wanted, answer.status]).toEqual([wanted, 409])
      const page = await answer.text()
      expect(alertOf(page)).toContain('Esse horário acabou de ser ocupado')
      expect(offered(page)).toContain(week('2030-03-14T18:00:00Z'))
      expect(offered(page)).not.toContain(wanted)
    }
    const nothing = await post(url, { do: 'move', sequence: '0' })
    expect([nothing.status, alertOf(await nothing.text())]).toEqual([422, 'Escolha um dos horários livres antes de confirmar. Nada mudou.']) // prettier-ignore
    expect((await post(url, { do: 'erase', sequence: '0' })).status).toBe(400)
    expect((await post(url, { do: 'cancel' })).status).toBe(400)
    expect(await meetingOf(id)).toMatchObject({ startsAt: week(WEDNESDAY), status: 'SCHEDULED' })
    expect(await told()).toEqual([])
  })

  it('gives a time to one of two leads who take it at the same moment', async () => {
    const [one, two] = [await book(), await book({}, { startsAt: week('2030-03-13T15:00:00Z') })]
    const answers = await Promise.all([move(one.url, week(THURSDAY)), move(two.url, week(THURSDAY))])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
    const starts = [await meetingOf(one.id), await meetingOf(two.id)].map(({ startsAt }) => startsAt)
    expect(starts.filter(startsAt => startsAt === week(THURSDAY))).toHaveLength(1)
    expect(await told()).toHaveLength(1)
  })

  it('does nothing for a page that was read before the team moved the meeting, and shows how it stands', async () => {
    const { id, url } = await book()
    await moveMeeting(world.core, world.core.workspaceId, { id, startsAt: week('2030-03-15T13:00:00Z') })
    for (const answer of [await move(url, week(THURSDAY)), await cancel(url, 'Viagem')]) {
      expect(answer.status).toBe(409)
      const page = await answer.text()
      expect(alertOf(page)).toContain('A reunião mudou depois que você abriu a página')
      expect(page).toContain('sexta-feira, 15 de março')
    }
    expect(await meetingOf(id)).toMatchObject({ status: 'SCHEDULED', startsAt: week('2030-03-15T13:00:00Z') })
    expect((await move(url, week(THURSDAY), 1)).status).toBe(303)
  })

  it('cancels with a reason, once, and then says so to whoever opens or posts', async () => {
    const { id, leadId, url } = await book()
    for (const answer of await Promise.all([cancel(url, ' Viagem '), cancel(url, ' Viagem ')]))
      expect(answer.headers.get('location')).toBe(`${url}?done=cancelled`)
    expect((await cancel(url, 'de novo')).status).toBe(303)
    expect(await told()).toMatchObject([{ type: 'meeting.cancelled', data: { meetingId: id, reason: 'Viagem', by: 'lead' } }]) // prettier-ignore
    expect(await history(leadId)).toEqual([{ kind: 'MEETING_CANCELLED', summary: 'Conversa com Ana (pelo lead): Viagem' }]) // prettier-ignore
    expect(await textOf(`${url}?done=cancelled`)).toContain('Pronto: a reunião foi cancelada')
    const page = await textOf(url)
    expect(page).toContain('Esta reunião foi cancelada')
    expect(page).not.toContain('<form')
    expect(await textOf(`${url}?done=moved`)).not.toContain('Pronto')
    const late = await move(url, week(THURSDAY), 1)
    expect([late.status, alertOf(await late.text())]).toEqual([409, 'A reunião já tinha sido cancelada. Nada foi feito.']) // prettier-ignore
    expect((await meetingOf(id)).status).toBe('CANCELLED')
  })

  it('moves until a quarter of an hour before the meeting, cancels until it begins, and says what to do then', async () => {
    const { id, url } = await book()
    const [start, thursday] = [Date.parse(week(WEDNESDAY)), week(THURSDAY)]
    at(start - 15 * MINUTE)
    expect(offered(await textOf(url)).length).toBeGreaterThan(0)
    at(start - 15 * MINUTE + 1)
    const soon = await textOf(url)
    expect(soon).toContain('A reunião está para começar')
    expect(offered(soon)).toEqual([])
    expect(soon).toContain('Sim, cancelar a reunião')
    const moved = await move(url, thursday)
    expect([moved.status, alertOf(await moved.text())]).toEqual([409, expect.stringContaining('não deu mais para mudar')]) // prettier-ignore
    at(start)
    expect(await textOf(url)).toContain('A reunião já começou')
    for (const answer of [await move(url, thursday), await cancel(url, '')]) {
      expect([answer.status, alertOf(await answer.text())]).toEqual([409, 'A reunião já começou ou terminou. Nada foi feito.']) // prettier-ignore
    }
    at(start + 30 * MINUTE)
    const over = await textOf(url)
    expect(over).toContain('Esta reunião já terminou')
    expect(over).not.toContain('<form')
    await closeMeeting(world.core, world.core.workspaceId, { id, outcome: 'NO_SHOW' }, undefined)
    expect(await textOf(url)).toContain('Esta reunião já terminou')
    expect((await told()).map(({ type }) => type)).toEqual(['meeting.missed'])

    const later = await book({}, { startsAt: new Date(start + 60 * MINUTE).toISOString() })
    at(start + 59 * MINUTE)
    expect((await cancel(later.url, '')).status).toBe(303)
    expect((await meetingOf(later.id)).status).toBe('CANCELLED')
  })

  it('opens to nobody else: another id, a link of another kind, a person who was erased', async () => {
    const { core } = world
    const { leadId, url } = await book()
    const other = await book({}, { startsAt: week(THURSDAY) })
    const [name, proof] = [url.split('-')[0]!, other.url.slice(other.url.indexOf('-'))]
    const [owner] = await rows<{ id: string }>(`select id from users where email = 'owner@example.com'`)
    const feed = await createFeed(core, { workspaceId: core.workspaceId, userId: owner!.id as never }, 'team')
    const ofFeed = /calendars\/([\w-]+)\.ics/.exec(feed.url)![1]!
    for (const wrong of [name + proof, `${url}x`, '/meetings/x', `/meetings/${ofFeed}`, `/meetings/${newId()}`]) {
      expect([wrong, (await get(wrong)).status]).toEqual([wrong, 404])
      expect((await get(`${wrong}/meeting.ics`)).status).toBe(404)
      expect((await cancel(wrong, '')).status).toBe(404)
    }
    expect((await get('/meetings/x', { 'accept-language': 'en' })).headers.get('content-language')).toBe('en')
    await erasePerson(core, core.workspaceId, leadId, 'host')
    expect((await get(url)).status).toBe(404)
    expect((await get(`${url}/meeting.ics`)).status).toBe(404)
    expect((await cancel(url, '')).status).toBe(404)
    expect((await get(other.url)).status).toBe(200)
  })

  it('is a file for a calendar, under the UID of invitations, and its SEQUENCE grows', async () => {
    const { core } = world
    const { id, url } = await book()
    const event = async () => {
      const answer = await get(`${url}/meeting.ics`)
      expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      const vevent = new ICAL.Component(ICAL.parse(await answer.text())).getFirstSubcomponent('vevent')!
      const said = (name: string) => String(vevent.getFirstPropertyValue(name))
      return { uid: said('uid'), sequence: said('sequence'), status: said('status'), url: said('url'), start: (vevent.getFirstPropertyValue('dtstart') as unknown as ICAL.Time).toJSDate().toISOString() } // prettier-ignore
    }
    const same = { uid: expect.stringMatching(`^${id}@`) as unknown, url: changeLink(core, id) }
    expect(await event()).toEqual({ ...same, sequence: '0', status: 'CONFIRMED', start: week(WEDNESDAY) })
    await move(url, week(THURSDAY))
    expect(await event()).toEqual({ ...same, sequence: '1', status: 'CONFIRMED', start: week(THURSDAY) })
    await cancelMeeting(core, core.workspaceId, { id })
    expect(await event()).toEqual({ ...same, sequence: '2', status: 'CANCELLED', start: week(THURSDAY) })
  })

  it('takes ten changes of a meeting in an hour, and no more', async () => {
    const { id, url } = await book()
    for (let sequence = 0; sequence < 10; sequence++)
      expect((await move(url, week(sequence % 2 ? WEDNESDAY : THURSDAY), sequence)).status).toBe(303)
    const refused = await move(url, week(THURSDAY), 10)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(alertOf(await refused.text())).toContain('muitas mudanças')
    expect((await meetingOf(id)).startsAt).toBe(week(WEDNESDAY))
    const other = await book({}, { startsAt: week('2030-03-13T18:00:00Z') })
    expect((await move(other.url, week(THURSDAY))).status).toBe(303)
  })

  it('hands a meeting to a colleague where whoever had it is away, and tells them', async () => {
    const { id, url } = await book()
    const bia = await addPerson('Bia')
    const away = { startsAt: week('2030-03-11T00:00:00Z'), endsAt: week('2030-04-11T00:00:00Z'), title: 'Férias' }
    await addAbsence(world.core, world.core.workspaceId, { ...away, email: 'owner@example.com' })
    expect((await move(url, week(THURSDAY))).status).toBe(303)
    expect((await meetingOf(id)).ownerId).toBe(bia)
    expect(await rows('select title from notices where user_id = $1', [bia])).toEqual([
      { title: 'Uma reunião passou para você: Conversa com Ana' },
    ])
    expect(await textOf(url)).toMatch(/<dd>Bia, /)
  })

  it('is known to the team by the link of the meeting, but not to who may not change it', async () => {
    const { id, url } = await book()
    const asked = 'query ($id: ID!) { node(id: $id) { ... on Meeting { changeLink } } }'
    const linkOf = async () =>
      (await world.graphql(asked, { id: encodeNodeId('Meeting', id) })).json.data.node.changeLink
    expect(new URL(await linkOf()).pathname).toBe(url)
    const role = async (name: string) => {
      await rows(`update memberships set role = $1 where user_id in (select id from users where email = 'owner@example.com')`, [name]) // prettier-ignore
      world.core.clock.advance(5001) // as long as a role is remembered
    }
    await role('VIEWER')
    try {
      expect(await linkOf()).toBeNull()
    } finally {
      await role('OWNER')
    }
  })

  it('keeps what is typed as text, and calls no faulty form a fault of its own', async () => {
    const { id, leadId, url } = await book()
    const send = async (body: string, type = 'application/x-www-form-urlencoded') =>
      (await fetch(world.url + url, { method: 'POST', body, headers: { 'content-type': type }, redirect: 'manual' })).status // prettier-ignore
    for (const body of [
      '',
      'do=move',
      'do=%00&sequence=0',
      'do=cancel&sequence=1e99',
      'do=cancel&sequence=-1.5',
      'do[]=cancel&sequence=0',
      'do=move&sequence=0&startsAt=%ff',
      'do=move&sequence=0&startsAt=%2B275760-09-13',
      'do=move&sequence=0&startsAt=x&startsAt=y',
      'do=cancel&sequence=9',
    ])
      expect([body, await send(body)]).toEqual([body, expect.toBeOneOf([400, 409, 422])])
    expect(await send('{"do":"cancel","sequence":"0"}', 'application/json')).toBe(400)
    expect(await send(`do=cancel&sequence=0&reason=${'x'.repeat(20_000)}`)).toBe(413)
    expect((await meetingOf(id)).status).toBe('SCHEDULED')
    expect(await send(`do=cancel&sequence=0&reason=${encodeURIComponent('<script>\u0000' + 'ção '.repeat(300))}`)).toBe(
      303,
    )
    const [{ summary }] = (await history(leadId)) as [{ summary: string }]
    expect(summary).toMatch(/^Conversa com Ana \(pelo lead\): <script>(ção )+/)
    expect(summary.length).toBeLessThan(560)
  })

  it('says in an error what stood in the way', async () => {
    const { core } = world
    const { id } = await book()
    const none = { id: newId(), startsAt: new Date(week(THURSDAY)), sequence: 0 }
    await expect(moveByLead(core, core.workspaceId, none)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(moveByLead(core, core.workspaceId, { ...none, id, sequence: 7 })).rejects.toMatchObject({ details: { reason: 'changed' } }) // prettier-ignore
    await expect(cancelByLead(core, core.workspaceId, { id, reason: null, sequence: 7 })).rejects.toMatchObject({ details: { reason: 'changed' } }) // prettier-ignore
  })
})

import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { busy } from '../../core/sales/availability.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { readSources } from '../../core/calendars/sources.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'

describe('calendars elsewhere', () => {
  let host: TestServer
  let far: FarSide
  let calendar = ''
  let status = 200
  const asked: (string | undefined)[] = []
  beforeAll(async () => {
    far = await openFarSide(['calendar.example.com'], (request, response) => {
      asked.push(request.headers['if-none-match'])
      if (request.headers['if-none-match'] === `"${calendar.length}"`) return void response.writeHead(304).end()
      response.writeHead(status, { 'content-type': 'text/calendar', etag: `"${calendar.length}"` }).end(calendar)
    })
    host = await openTestServer(
      'postgres',
      {},
      { TRAE_PUBLIC_URL: 'https://trae.example.com' },
      { egress: far.settings },
    )
  }, 60_000)
  afterAll(async () => {
    await host?.close()
    await far?.close()
  })

  const ask = async (operation: string, variables: Record<string, unknown> = {}) => {
    const { email, password } = host.core.owner // anew each time: the clock is moved by more than a token lives
    const signedIn = await host.send('POST', '/auth/login', { body: { email, password }, token: null })
    const { json } = await host.graphql(operation, variables, { token: signedIn.json.access_token })
    expect(json.errors?.[0]?.message).toBeUndefined()
    return json.data
  }
  const change = async (name: string, input: object, fields: string) =>
    (
      await ask(
        `mutation ($input: C${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`,
        { input },
      )
    )[name]
  const eventsOf = async (url: string) => {
    const answer = await fetch(url.replace('https://trae.example.com', host.url))
    expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
    const events = new ICAL.Component(ICAL.parse(await answer.text())).getAllSubcomponents('vevent')
    return events.map(event => {
      const said = (property: string) => String(event.getFirstPropertyValue(property))
      return {
        uid: said('uid'),
        sequence: said('sequence'),
        status: said('status'),
        start: (event.getFirstPropertyValue('dtstart') as unknown as ICAL.Time).toJSDate().toISOString(),
        summary: said('summary'),
      }
    })
  }

  it('read meetings at a secret address: one UID, a SEQUENCE that grows, cancelled as such, until it is revoked', async () => {
    const { core } = host
    const { workspaceId } = core
    const lead = leadInput.parse({ name: 'Ana', email: 'ana@cliente.com.br', source: 'API' })
    const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
    const start = core.clock.now().getTime() + 3 * 86_400_000
    const at = (hours: number) => new Date(start + hours * 3_600_000).toISOString()
    const meeting = { leadId, title: 'Conversa; com, Ana', startsAt: at(0), endsAt: at(1), attendees: [] }
    const { id } = await scheduleMeeting(core, workspaceId, meeting, { key: 'feed', runId: null })
    const { feed } = await change('calendarFeedCreate', { scope: 'TEAM' }, 'feed { id url }')
    const event = { uid: `${id}@trae.example.com`, summary: 'Conversa; com, Ana' }
    expect(await eventsOf(feed.url)).toEqual([{ ...event, sequence: '0', status: 'CONFIRMED', start: at(0) }])
    await moveMeeting(core, workspaceId, { id, startsAt: at(5) })
    expect(await eventsOf(feed.url)).toEqual([{ ...event, sequence: '1', status: 'CONFIRMED', start: at(5) }])
    await cancelMeeting(core, workspaceId, { id })
    expect(await eventsOf(feed.url)).toEqual([{ ...event, sequence: '2', status: 'CANCELLED', start: at(5) }])

    const { feed: mine } = await change('calendarFeedCreate', { scope: 'MINE' }, 'feed { id url }')
    expect(await eventsOf(mine.url)).toHaveLength(1) // the only one of the team takes it
    const sql = (text: string, values: unknown[] = []) => core.sql.query({ name: '', text }, values)
    await sql(`insert into users (id, email, name, password_hash, locale, created_at) values ($1, 'bia@trae.example', 'Bia', '', 'pt-BR', now())`, [id]) // prettier-ignore
    await sql('update meetings set owner_id = $1', [id])
    expect(await eventsOf(mine.url)).toEqual([])
    await sql('update meetings set owner_id = null')
    await sql('delete from users where id = $1', [id])

    await change('calendarFeedRevoke', { feedId: feed.id }, 'feed { id }')
    const gone = await fetch(feed.url.replace('https://trae.example.com', host.url))
    expect(gone.status).toBe(404)
    const { feed: next } = await change('calendarFeedCreate', { scope: 'TEAM' }, 'feed { url }')
    expect(next.url).not.toBe(feed.url)
  })

  it('are busy, and so is the calendar here; what they are busy with is not kept', async () => {
    const { core } = host
    const now = core.clock.now().getTime()
    const day = (ahead: number) => new Date(now + ahead * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
    const event = (lines: string) => `BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n${lines}\nEND:VEVENT\n`
    calendar = `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n${event(`UID:a\nSUMMARY:Dentista\nDTSTART;TZID=America/Sao_Paulo:${day(2)}T100000\nDTEND;TZID=America/Sao_Paulo:${day(2)}T110000`)}${event(`UID:free\nTRANSP:TRANSPARENT\nDTSTART:${day(2)}T180000Z\nDTEND:${day(2)}T190000Z`)}END:VCALENDAR\n`
    const { source, userErrors } = await change(
      'calendarSourceAdd',
      { address: `webcal://calendar.example.com:${far.port}/secret.ics` },
      'source { id host busy problem }',
    )
    expect(userErrors).toEqual([])
    expect(source).toMatchObject({ host: 'calendar.example.com', busy: 1, problem: null })
    const span = { from: new Date(now).toISOString(), to: new Date(now + 10 * 86_400_000).toISOString() }
    const date = new Date(now + 2 * 86_400_000).toISOString().slice(0, 10)
    const dentist = { startsAt: `${date}T13:00:00.000Z`, endsAt: `${date}T14:00:00.000Z` }
    expect(await busy(core, core.workspaceId, span)).toContainEqual(dentist)
    expect(await ask('{ absences { title } }')).toEqual({ absences: [] }) // those that people enter
    const kept = await core.sql.query({ name: '', text: 'select * from absences' })
    expect(
      JSON.stringify([kept, await core.sql.query({ name: '', text: 'select * from calendar_sources' })]),
    ).not.toMatch(/Dentista|secret\.ics/)

    core.clock.advance(15 * 60_000)
    await readSources(core)
    expect(asked.at(-1)).toBe(`"${calendar.length}"`) // nothing has changed: nothing is sent
    expect(await busy(core, core.workspaceId, span)).toContainEqual(dentist)

    calendar = calendar.replace('T100000', 'T150000').replace('T110000', 'T163000')
    calendar += '\n' // the far side tells versions apart by their length
    core.clock.advance(15 * 60_000)
    await readSources(core)
    const moved = { startsAt: `${date}T18:00:00.000Z`, endsAt: `${date}T19:30:00.000Z` }
    expect((await busy(core, core.workspaceId, span)).filter(({ startsAt }) => startsAt.startsWith(date))).toEqual([
      moved,
    ])

    status = 500
    calendar += '\n'
    core.clock.advance(15 * 60_000)
    await readSources(core)
    expect((await ask('{ calendarSources { problem busy } }')).calendarSources).toEqual([
      { problem: 'calendar.example.com answers 500 for this calendar: look at the address.', busy: 1 },
    ])
    status = 200
    await change('calendarSourceRemove', { sourceId: source.id }, 'source { id }')
    expect(await busy(core, core.workspaceId, span)).not.toContainEqual(moved)
  })

  it('are read by the rules of all that leaves this host', async () => {
    const add = (address: string) => change('calendarSourceAdd', { address }, 'source { id }')
    calendar = 'hello'
    expect(await add(`https://calendar.example.com:${far.port}/x`)).toMatchObject({ userErrors: [{ code: 'INVALID' }] })
    expect(await add('http://calendar.example.com/x')).toMatchObject({ userErrors: [{ code: 'INVALID' }] })
    expect(await add('https://calendar.example.com/x')).toMatchObject({ source: null, userErrors: [{}] })
    expect(await add('https://169.254.169.254/x')).toMatchObject({ source: null, userErrors: [{}] })
  })
})

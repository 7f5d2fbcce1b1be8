import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { appendEvent } from '../../../core/events/append-event.ts'
import { installPlugin } from '../../../core/plugins/install-plugin.ts'
import { BUILT } from '../../../core/plugins/our-plugins.ts'
import { erasePerson } from '../../../core/privacy/erase-person.ts'
import { publishPlaybook } from '../../../core/publishing/publish-playbook.ts'
import { listRuns } from '../../../core/runs/read-runs.ts'
import { openVendorWorld, type VendorWorld } from '../vendor-world.ts'
import { CLIENT, Google, refusal } from './google.ts'

/** A Monday, nine in the morning in São Paulo. */
const MONDAY = Date.parse('2031-03-03T12:00:00Z')
const WEEK = 7 * 86_400_000
const PATIENCE = { timeout: 30_000, interval: 50 }
/** Hears what `watch-meeting` hears. */
const LISTENER = `id: listener
name: Listener
module: vendas
triggers: [{ event: meeting.booked-for-test }]
steps:
  - id: heard
    waitFor:
      any:
        - event: meeting.moved
          correlate: { meetingId: '\${{ event.meetingId }}' }
        - event: meeting.cancelled
          correlate: { meetingId: '\${{ event.meetingId }}' }
      timeout: 30d
  - return: \${{ steps.heard.output }}
`

describe('the page of a meeting in Google Calendar', () => {
  const google = new Google()
  let world: VendorWorld
  let week = -1
  let count = 0
  beforeAll(async () => {
    world = await openVendorWorld('google-calendar', ['www.googleapis.com', 'oauth2.googleapis.com'], google.answer)
    await world.signIn('google', CLIENT, google.consent)
    const notices = { kind: 'built-in', path: join(BUILT, 'notices') } as const
    await installPlugin(world.core, { workspaceId: world.core.workspaceId, from: notices, grant: 'all-declared' })
    await publishPlaybook(world.core, world.core.workspaceId, LISTENER)
    await world.core.brain.start()
  })
  afterAll(async () => {
    await world?.core.brain.stop()
    await world?.close()
  })
  beforeEach(() => {
    world.core.clock.to(new Date(MONDAY + ++week * WEEK)) // it never goes back
    google.events.clear()
    google.mails.length = 0
    google.asked.length = 0
  })
  afterEach(() => {
    expect(google.problems.splice(0)).toEqual([])
    expect(google.instead.splice(0)).toEqual([])
  })

  /** That moment of the first week, in the week of this test. */
  const at = (instant: string) => new Date(Date.parse(instant) + week * WEEK).toISOString()
  const TUESDAY = '2031-03-04T14:00:00Z'
  const WEDNESDAY = '2031-03-05T14:00:00Z'
  const rows = <T = Record<string, unknown>>(text: string, values: readonly unknown[] = []) =>
    world.core.sql.query<T & Record<string, unknown>>({ name: '', text }, values)
  const book = async (startsAt = at(TUESDAY), fields: Record<string, unknown> = {}) => {
    const email = `ana${++count}@acme.com.br`
    const leadId = await world.capture({ email, ...fields })
    const booked = await world.call('book', { leadId, startsAt })
    return { id: booked['id'] as string, leadId, email, url: new URL(booked['changeLink'] as string).pathname }
  }
  const base = () => world.host.url
  const page = async (url: string) => (await fetch(base() + url)).text()
  const post = async (url: string, fields: Record<string, string>) => {
    const answer = await fetch(base() + url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
    const to = answer.headers.get('location')
    return { status: answer.status, to, text: to === null ? await answer.text() : await page(to) }
  }
  const sequenceOf = (text: string) => /name="sequence" value="(\d+)"/.exec(text)?.[1] ?? '0'
  const offers = (text: string) =>
    new Map([...text.matchAll(/name="startsAt" value="((\S+) [^"]+)"/g)].map(([, value, time]) => [time!, value!]))
  const move = async (url: string, startsAt: string) => {
    const text = await page(url)
    return post(url, { do: 'move', startsAt: offers(text).get(startsAt)!, sequence: sequenceOf(text) })
  }
  const cancel = async (url: string, reason: string) =>
    post(url, { do: 'cancel', reason, sequence: sequenceOf(await page(url)) })
  const alertOf = (text: string) => /role="alert">([^<]*)</.exec(text)?.[1]
  const statusOf = (text: string) => /role="status">([^<]*)</.exec(text)?.[1]
  const startOf = (id: string) => new Date(google.events.get(id)!.start.dateTime).toISOString()
  const told = (leadId: string) =>
    rows<{ type: string; data: Record<string, unknown> }>(
      `select type, data from events where type in ('meeting.moved', 'meeting.cancelled') and subject_id = $1 order by id`,
      [leadId],
    )
  const runsOf = async (leadId: string) =>
    (await listRuns(world.core, world.core.workspaceId, { first: 100 })).items
      .map(({ node }) => node)
      .filter(run => run.subjectId === leadId)
  const times = (operation: string) => google.asked.filter(one => one === operation).length

  test('shows the meeting and the free times of its calendar, signed, and changes nothing', async () => {
    const { id, url } = await book()
    google.change('busy1', { start: { dateTime: at(WEDNESDAY) }, end: { dateTime: at('2031-03-05T15:00:00Z') } })
    const text = await page(url)
    expect(text).toContain('Conversa com Ana Souza Lima')
    expect(text).toContain('terça-feira')
    expect(text).toContain('<a href="https://meet.google.com/abc">')
    expect(text).not.toContain('meeting.ics')
    const found = [...offers(text).keys()]
    expect(found[0]).toBe(at('2031-03-03T14:00:00Z')) // two hours from now
    expect(found).not.toContain(at(WEDNESDAY))
    expect(found).not.toContain(at('2031-03-05T14:30:00Z'))
    expect(found).toContain(at('2031-03-05T15:00:00Z'))
    expect(startOf(id)).toBe(at(TUESDAY))
    expect((await fetch(`${base() + url}/meeting.ics`)).status).toBe(404)
    expect((await fetch(`${base() + url}x`)).status).toBe(404)
  })

  test('moves it there, once, and tells playbooks that the lead did', async () => {
    const { id, leadId, url } = await book()
    const { core } = world
    const event = {
      type: 'meeting.booked-for-test',
      subjectId: leadId,
      data: { leadId, meetingId: id },
      source: 'test',
    }
    await appendEvent(core.sql, core.workspaceId, event, core.clock.now())
    core.queue.ring('events')
    await expect.poll(async () => (await runsOf(leadId))[0]?.status, PATIENCE).toBe('waiting')
    const { to, text } = await move(url, at(WEDNESDAY))
    expect(to).toBe(`${url}?done=moved`)
    expect(statusOf(text)).toContain('a reunião mudou para o horário abaixo')
    expect(text).toContain('quarta-feira')
    expect(startOf(id)).toBe(at(WEDNESDAY))
    const change = { leadId, meetingId: id, startsAt: at(WEDNESDAY), endsAt: at('2031-03-05T14:30:00Z'), by: 'lead' }
    expect(await told(leadId)).toMatchObject([{ type: 'meeting.moved', data: change }])
    expect(await rows(`select summary from activities where lead_id = $1 and kind = 'MEETING_MOVED'`, [leadId])).toHaveLength(1) // prettier-ignore
    await expect
      .poll(
        async () =>
          (await runsOf(leadId)).find(({ output }) => (output as { type?: string })?.type === 'meeting.moved'),
        PATIENCE,
      )
      .toMatchObject({ output: { data: { by: 'lead' } } })
    expect(times('calendar.events.patch')).toBe(1)
  })

  test('cancels it there, with the reason', async () => {
    const { id, leadId, url } = await book()
    const { to, text } = await cancel(url, 'Viagem')
    expect(to).toBe(`${url}?done=cancelled`)
    expect(statusOf(text)).toContain('a reunião foi cancelada')
    expect(google.events.get(id)!.status).toBe('cancelled')
    expect(await told(leadId)).toMatchObject([{ type: 'meeting.cancelled', data: { reason: 'Viagem', by: 'lead' } }])
    expect(alertOf((await post(url, { do: 'move', startsAt: 'x', sequence: '9' })).text)).toContain('Escolha um dos')
    const again = await cancel(url, 'Outra vez')
    expect(again.to).toBe(`${url}?done=cancelled`)
    expect(await told(leadId)).toHaveLength(1)
  })

  test('takes only a time that it has offered for this meeting, and an old page changes nothing', async () => {
    const { id, url } = await book()
    const other = await book(at('2031-03-04T16:00:00Z'))
    const text = await page(url)
    const sequence = sequenceOf(text)
    const night = at('2031-03-05T06:00:00Z')
    const ofOther = offers(await page(other.url)).get(at(WEDNESDAY))!
    for (const startsAt of [night, `${night} ${offers(text).get(at(WEDNESDAY))!.split(' ')[1]}`, ofOther])
      expect(alertOf((await post(url, { do: 'move', startsAt, sequence })).text)).toContain('Escolha um dos')
    await world.call('move', { id, startsAt: at('2031-03-06T14:00:00Z') })
    const stale = await post(url, { do: 'move', startsAt: offers(text).get(at(WEDNESDAY))!, sequence })
    expect(stale.status).toBe(409)
    expect(alertOf(stale.text)).toContain('mudou depois que você abriu a página')
    expect(startOf(id)).toBe(at('2031-03-06T14:00:00Z'))
    expect(await rows(`select wish from provider_meetings where external_id = $1 and wish is not null`, [id])).toEqual([]) // prettier-ignore
  })

  test('of two who choose one time the second is told that it is taken, and so is the team', async () => {
    const [first, second] = [await book(), await book(at('2031-03-04T16:00:00Z'))]
    const pages = await Promise.all([page(first.url), page(second.url)])
    const choose = (who: typeof first, text: string) =>
      post(who.url, { do: 'move', startsAt: offers(text).get(at(WEDNESDAY))!, sequence: sequenceOf(text) })
    expect((await choose(first, pages[0]!)).to).toBe(`${first.url}?done=moved`)
    const late = await choose(second, pages[1]!)
    expect(alertOf(late.text)).toContain('Esse horário acabou de ser ocupado')
    expect(offers(late.text).has(at(WEDNESDAY))).toBe(false)
    expect(startOf(second.id)).toBe(at('2031-03-04T16:00:00Z'))
    expect(await told(second.leadId)).toEqual([])
    const notices = await rows<{ title: string }>(`select title from notices where lead_id = $1`, [second.leadId])
    expect(notices.map(({ title }) => title)).toEqual([expect.stringContaining('o lead pediu para mudar para')])
    expect((await move(second.url, at('2031-03-05T15:00:00Z'))).to).toBe(`${second.url}?done=moved`)
    expect(startOf(second.id)).toBe(at('2031-03-05T15:00:00Z'))
  })

  test('a Google that is away: what was asked for stands, the page says so, and it is done once when Google is back', async () => {
    const { id, leadId, url } = await book()
    const text = await page(url)
    google.instead.push({ on: 'calendar.events.get', status: 503, body: {} })
    const startsAt = offers(text).get(at(WEDNESDAY))!
    const asked = await post(url, { do: 'move', startsAt, sequence: sequenceOf(text) })
    expect(asked.to).toBe(url)
    expect(statusOf(asked.text)).toContain('Pedido recebido: mudar para quarta-feira')
    expect(asked.text).not.toContain('<form')
    expect(startOf(id)).toBe(at(TUESDAY))
    expect((await post(url, { do: 'cancel', reason: '', sequence: '1' })).status).toBe(409) // one thing after the other
    world.core.clock.advance(5_000)
    await expect.poll(async () => statusOf(await page(url)), PATIENCE).toBeUndefined()
    expect(startOf(id)).toBe(at(WEDNESDAY))
    expect(await told(leadId)).toMatchObject([{ data: { by: 'lead', startsAt: at(WEDNESDAY) } }])
    expect(times('calendar.events.patch')).toBe(1)
  }, 60_000)

  test('a lost answer is asked for again and told once', async () => {
    const { id, leadId, url } = await book()
    google.instead.push({ on: 'calendar.events.patch', after: 'lost' })
    const pressed = move(url, at(WEDNESDAY))
    await expect.poll(() => times('calendar.events.patch'), PATIENCE).toBe(1)
    expect(await told(leadId)).toEqual([])
    await expect
      .poll(() => (world.core.clock.advance(1_000), times('calendar.events.patch')), PATIENCE)
      .toBeGreaterThan(1)
    expect((await pressed).to).toBe(`${url}?done=moved`)
    expect(startOf(id)).toBe(at(WEDNESDAY))
    expect(await told(leadId)).toHaveLength(1)
  }, 60_000)

  test('what nobody works on is stored, and done when somebody does', async () => {
    const { id, leadId, url } = await book()
    await world.core.brain.stop()
    const asked = await move(url, at(WEDNESDAY))
    expect(statusOf(asked.text)).toContain('Pedido recebido')
    const twice = await post(url, { do: 'cancel', reason: '', sequence: '1' })
    expect(alertOf(twice.text)).toContain('ainda está a caminho')
    await world.core.brain.start()
    await expect.poll(() => startOf(id), PATIENCE).toBe(at(WEDNESDAY))
    await expect.poll(async () => (await told(leadId)).length, PATIENCE).toBe(1)
    expect((await runsOf(leadId)).length).toBe(1)
  }, 60_000)

  test('a refusal is said, the team is told, and the lead may ask again', async () => {
    const { leadId, url } = await book()
    google.instead.push({ on: 'calendar.events.delete', ...refusal(403, 'forbidden', 'Not yours') })
    const { text } = await cancel(url, 'Viagem')
    expect(alertOf(text)).toContain('A agenda não fez o que você pediu')
    expect(await told(leadId)).toEqual([])
    expect(await rows(`select body from notices where lead_id = $1`, [leadId])).toMatchObject([
      { body: expect.stringContaining('Not yours (forbidden)') },
    ])
    expect((await cancel(url, 'Viagem')).to).toBe(`${url}?done=cancelled`)
  })

  test('without the free times it can still be cancelled', async () => {
    const { url } = await book(at(TUESDAY), { locale: 'en' })
    google.instead.push({ on: 'calendar.freebusy.query', status: 500, body: {} })
    const text = await page(url)
    expect(text).toContain('We cannot see the free times just now')
    expect((await post(url, { do: 'cancel', reason: '', sequence: sequenceOf(text) })).to).toBe(`${url}?done=cancelled`)
  })

  test('changes by a playbook are told as such; and nobody who was erased has a page', async () => {
    const { id, leadId, url } = await book()
    await world.call('move', { id, startsAt: at(WEDNESDAY) })
    await world.call('move', { id, startsAt: at(WEDNESDAY) })
    await world.call('cancel', { id, reason: 'Feriado' })
    expect(await told(leadId)).toMatchObject([
      { type: 'meeting.moved', data: { by: 'playbook' } },
      { type: 'meeting.cancelled', data: { by: 'playbook', reason: 'Feriado' } },
    ])
    await erasePerson(world.core, world.core.workspaceId, leadId, 'host')
    expect((await fetch(base() + url)).status).toBe(404)
    expect(await rows(`select title, location from provider_meetings where external_id = $1`, [id])).toEqual([
      { title: '[erased]', location: null },
    ])
  })

  test('ten changes in an hour are enough', async () => {
    const { url } = await book()
    const answers = []
    for (let count = 0; count < 11; count++) answers.push((await post(url, { do: 'cancel', reason: '', sequence: '77' })).status) // prettier-ignore
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 409), 429])
  })
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DIST } from '../../core/cli/paths.ts'
import { appendEvent } from '../../core/events/append-event.ts'
import { startServer } from '../../core/http/server.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { storeBinding } from '../../core/plugins/bind-service.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { addAbsence } from '../../core/sales/absences.ts'
import { assignMeeting } from '../../core/sales/assign-meeting.ts'
import { recordBounce } from '../../core/sales/bounces.ts'
import { moveMeeting } from '../../core/sales/change-meeting.ts'
import { closeMeeting } from '../../core/sales/close-meeting.ts'
import { moveDeal } from '../../core/sales/deals.ts'
import { updateLead } from '../../core/sales/leads.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import { connectForTest } from '../../core/testing/connect-for-test.ts'
import { ANA, MONDAY, openSalesWorld, PLAYBOOKS, type SalesWorld } from './sales-world.ts'

const BY_HAND = { source: 'graphql' }
const subjects = async (world: SalesWorld, leadId: string) =>
  (await world.written(leadId)).map(({ subject }) => subject)

describe('on a bad day a good sales person', () => {
  let world: SalesWorld
  beforeAll(async () => void (world = await openSalesWorld()))
  beforeEach(() => world.reset())
  afterAll(() => world?.close())

  /** From the form to a meeting tomorrow at eleven. */
  const booked = async (fields?: Record<string, unknown>) => {
    const { leadId } = await world.capture(fields)
    await world.days(1)
    await world.reply(leadId, 'Sim, podemos conversar!')
    await world.rest()
    return { leadId, meeting: (await world.meetings(leadId))[0]! }
  }
  const held = (id: string) => closeMeeting(world.core, world.workspaceId, { id, outcome: 'COMPLETED' }, undefined)
  const notices = () =>
    world.rows<{ title: string; body: string | null }>(
      'select title, body from notices where lead_id is not null order by id',
    )

  it('whose letter comes back stops writing to that address and asks for another way to the lead', async () => {
    const { leadId } = await world.capture()
    await world.rest()
    const [letter] = await world.written(leadId)
    await recordBounce(world.core, world.workspaceId, { messageId: letter!.id, reason: '550 5.1.1 user unknown' })
    await recordBounce(world.core, world.workspaceId, { messageId: letter!.id, reason: 'told twice' })
    await world.days(60)
    expect(await subjects(world, leadId)).toEqual(['Recebemos o seu contato'])
    expect(await notices()).toEqual([
      {
        title: 'O e-mail não chegou a Ana Souza: peça outro endereço',
        body: expect.stringMatching(/voltou: 550 5\.1\.1.*Ligue para \+5511987654321/s) as unknown,
      },
    ])
    expect((await world.lead(leadId)).emailBounced).toBe(true)

    // they fill in the form again with an address that works: the conversation begins there
    await world.capture({ ...ANA, email: 'ana@solar-acme.com.br' })
    expect((await world.lead(leadId)).emailBounced).toBe(false)
  })

  it('to whom a reply is delivered twice books one meeting and confirms it once', async () => {
    const { leadId } = await world.capture()
    await world.rest()
    const [letter] = await world.written(leadId)
    const reply = { messageId: letter!.id, body: 'Sim, podemos conversar!', externalId: '<yes@acme-solar.com.br>' }
    const [first, again] = await Promise.all([
      receiveReply(world.core, world.workspaceId, reply),
      receiveReply(world.core, world.workspaceId, reply),
    ])
    expect(again.id).toBe(first.id)
    await world.rest()
    expect((await receiveReply(world.core, world.workspaceId, reply)).id).toBe(first.id)
    await world.rest()
    expect(await world.rows(`select 1 from events where type = 'message.received'`)).toHaveLength(1)
    expect(await world.meetings(leadId)).toHaveLength(1)
    expect(await world.deals(leadId)).toHaveLength(1)
    expect(await subjects(world, leadId)).toEqual([
      'Recebemos o seu contato',
      expect.stringMatching(/^Reunião confirmada/),
    ])
  })

  it('who gets a second yes from the lead answers it in person, and books nothing more', async () => {
    const { leadId, meeting } = await booked()
    await world.reply(leadId, 'Sim!')
    await world.days(0.12) // just before noon
    await held(meeting.id)
    await world.days(3)
    expect(await world.meetings(leadId)).toHaveLength(1)
    expect(await world.written(leadId)).toHaveLength(2)
    expect(await notices()).toEqual([{ title: 'Ana Souza escreveu antes da reunião', body: 'Sim!' }])
  })

  it('is silent from the moment on in which a lead unsubscribes between two steps', async () => {
    const { leadId } = await world.capture()
    await world.days(3)
    const patch = { unsubscribed: true }
    await updateLead(world.core, world.workspaceId, { id: leadId, patch }, { key: 'by-hand', runId: null })
    await world.days(60)
    expect(await world.written(leadId)).toHaveLength(1)
    expect((await world.lead(leadId)).status).toBe('DISQUALIFIED')
    expect(await world.rows('select 1 from runs where finished_at is null')).toEqual([])
  })

  it('who lives in another time zone is told times of that zone, and is understood in it', async () => {
    const { leadId } = await world.capture({ ...ANA, phone: '+55 92 99123-4567' }) // Manaus, an hour behind
    await world.days(0.5)
    await world.reply(leadId, 'Pode ser terça às 14h?')
    await world.days(0.5)
    const [meeting] = await world.meetings(leadId)
    expect(meeting!.startsAt).toBe('2026-03-03T18:00:00.000Z')
    expect((await subjects(world, leadId)).at(-1)).toBe('Reunião confirmada: terça-feira, 3 de março às 14:00 AMT')
  })

  it('whose meeting is moved by the lead confirms the new time once, tells the closer and keeps the one deal', async () => {
    const { leadId, meeting } = await booked()
    const startsAt = '2026-03-05T17:00:00.000Z'
    await moveMeeting(world.core, world.workspaceId, { id: meeting.id, startsAt })
    await moveMeeting(world.core, world.workspaceId, { id: meeting.id, startsAt })
    await world.days(0.5)
    expect((await subjects(world, leadId)).slice(1)).toEqual([
      'Reunião confirmada: terça-feira, 3 de março às 11:00 BRT',
      'Novo horário da nossa reunião: quinta-feira, 5 de março às 14:00 BRT',
    ])
    expect(await notices()).toEqual([{ title: 'Reunião com Ana Souza: novo horário', body: '05/03/2026 14:00' }])
    expect(await world.meetings(leadId)).toMatchObject([{ id: meeting.id, startsAt, status: 'SCHEDULED' }])
    expect(await world.deals(leadId)).toHaveLength(1)
    await world.days(1.75) // reminded the day before and an hour before, and listened to until it is known how it went
    expect((await subjects(world, leadId)).slice(3)).toEqual([
      'Lembrete da nossa reunião: quinta-feira, 5 de março às 14:00 BRT',
      'Daqui a pouco: a nossa reunião de quinta-feira, 5 de março às 14:00 BRT',
    ])
    await held(meeting.id)
    await world.days(8)
    expect(await world.rows(`select output from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'watch-meeting'`)).toEqual([{ output: { outcome: 'took-place' } }]) // prettier-ignore
  })

  it('whose lead moves and cancels the meeting by the link in its letters reminds of the new time alone, and tells the closer who did it', async () => {
    const { leadId, meeting } = await booked()
    const server = await startServer(world.core, { workspaceId: world.workspaceId, grace: 100 })
    try {
      const linkIn = async (letter: number) => /https?:\/\/\S+\/meetings\/[\w-]+/.exec((await world.written(leadId))[letter]!.body)![0] // prettier-ignore
      const post = async (link: string, fields: Record<string, string>) =>
        (await fetch(server.url + new URL(link).pathname, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })).status // prettier-ignore
      const link = await linkIn(1)
      const page = await (await fetch(server.url + new URL(link).pathname)).text()
      const startsAt = '2026-03-05T17:00:00.000Z'
      expect(page).toContain(`value="${startsAt}"`)
      const chosen = { do: 'move', startsAt, sequence: '0' }
      expect([await post(link, chosen), await post(link, chosen)]).toEqual([303, 303])
      await world.days(2.25) // past the old time, past both reminders, to the end of the meeting
      expect((await subjects(world, leadId)).slice(1)).toEqual([
        'Reunião confirmada: terça-feira, 3 de março às 11:00 BRT',
        'Novo horário da nossa reunião: quinta-feira, 5 de março às 14:00 BRT',
        'Lembrete da nossa reunião: quinta-feira, 5 de março às 14:00 BRT',
        'Daqui a pouco: a nossa reunião de quinta-feira, 5 de março às 14:00 BRT',
      ])
      for (const letter of [2, 3, 4]) expect(await linkIn(letter)).toBe(link)
      expect((await notices()).map(({ title }) => title)).toEqual(['Ana Souza escolheu outro horário para a reunião'])
      expect(await world.meetings(leadId)).toMatchObject([{ id: meeting.id, startsAt, status: 'SCHEDULED' }])

      // another lead calls it off: nothing reminds of it any more
      const rui = await booked({ ...ANA, name: 'Rui Lima', email: 'rui@lima-solar.com.br', phone: '+5511987654399' })
      const ofRui = /https?:\/\/\S+\/meetings\/[\w-]+/.exec((await world.written(rui.leadId)).at(-1)!.body)![0]
      expect(await post(ofRui, { do: 'cancel', reason: 'Viagem', sequence: '0' })).toBe(303)
      await world.days(5)
      expect((await subjects(world, rui.leadId)).slice(2)).toEqual(['A nossa reunião foi cancelada'])
      expect((await notices()).filter(({ title }) => title.startsWith('Rui'))).toEqual([
        { title: 'Rui Lima cancelou a reunião', body: 'Viagem' },
      ])
    } finally {
      await server.close()
    }
  })

  it('whose lead does not come offers another time in ten minutes, once, and leaves a second no-show to a person', async () => {
    const { leadId, meeting } = await booked()
    await world.days(0.1) // half past eleven
    const missed = (id: string) => closeMeeting(world.core, world.workspaceId, { id, outcome: 'NO_SHOW' }, undefined)
    await missed(meeting.id)
    await missed(meeting.id)
    await world.days(0.5)
    const offer = 'Não nos encontramos: vamos marcar outro horário?'
    expect((await subjects(world, leadId)).slice(2)).toEqual([offer])
    expect((await notices()).map(({ title }) => title)).toEqual(['Ana Souza não compareceu à reunião'])

    const startsAt = '2026-03-05T17:00:00.000Z'
    const again = { leadId, title: 'De novo', startsAt, endsAt: '2026-03-05T17:30:00.000Z', attendees: [] }
    const { id, endsAt } = await scheduleMeeting(world.core, world.workspaceId, again, { key: 'again', runId: null })
    const event = { type: 'meeting.scheduled', subjectId: leadId, data: { leadId, meetingId: id, startsAt, endsAt }, source: 'test' } // prettier-ignore
    await appendEvent(world.core.sql, world.workspaceId, event, world.clock.now())
    await world.days(1.75)
    await missed(id)
    await world.days(5)
    expect((await subjects(world, leadId)).filter(subject => subject === offer)).toHaveLength(1)
    expect((await notices()).at(-1)).toEqual({
      title: 'Ana Souza não compareceu de novo',
      body: 'Nada foi enviado desta vez: ligue, e decida se vale marcar outra.',
    })
  })

  it('who is on holiday is given no meeting: a colleague takes it, and while all are away none is offered', async () => {
    await world.addCloser('Bia')
    const away = { startsAt: '2026-03-02T00:00:00-03:00', endsAt: '2026-03-07T00:00:00-03:00', title: 'Férias' }
    await addAbsence(world.core, world.workspaceId, { ...away, email: 'owner@example.com' })
    await addAbsence(world.core, world.workspaceId, { ...away, startsAt: '2026-03-03T00:00:00-03:00', endsAt: '2026-03-04T12:00:00-03:00', email: 'bia@trae.example' }) // prettier-ignore
    const { leadId, meeting } = await booked()
    expect(meeting.startsAt).toBe('2026-03-04T15:00:00.000Z') // Bia is back at noon
    expect(await world.rows(`select data->'closer'->>'name' as closer from activities where kind = 'HANDOFF' and lead_id = $1`, [leadId])).toEqual([{ closer: 'Bia' }]) // prettier-ignore
  })

  it('who goes on holiday with a meeting booked says so in time: a colleague who is free gets it, and the lead keeps its hour', async () => {
    const bia = await world.addCloser('Bia')
    const { leadId, meeting } = await booked()
    expect(meeting.startsAt).toBe('2026-03-03T14:00:00.000Z')
    const away = { startsAt: '2026-03-03T00:00:00-03:00', endsAt: '2026-03-07T00:00:00-03:00', title: 'Férias' }
    const takes = async () => (await world.rows<{ email: string }>(`select u.email from meetings m join users u on u.id = m.owner_id where m.id = $1`, [meeting.id]))[0]!.email // prettier-ignore
    expect(await takes()).toBe('owner@example.com')
    const { meetingIds } = await addAbsence(world.core, world.workspaceId, { ...away, email: 'owner@example.com' })
    expect(meetingIds).toEqual([meeting.id])
    expect(await world.rows(`select title, body, user_id from notices where title like '%fora%'`)).toEqual([
      {
        title: expect.stringMatching(
          /vai estar fora: 1 reunião precisa de outra pessoa ou de outro horário$/,
        ) as unknown,
        body: expect.stringMatching(/11:00: .*Ana Souza.*\(livre: Bia\)$/) as unknown,
        user_id: null,
      },
    ])
    await assignMeeting(world.core, world.workspaceId, { id: meeting.id, email: bia })
    expect(await takes()).toBe(bia)
    await world.rest()
    expect((await world.meetings(leadId)).map(({ startsAt }) => startsAt)).toEqual([meeting.startsAt])
    expect(await subjects(world, leadId)).toHaveLength(2) // nothing but the confirmation
  })

  it('of two has two meetings at one hour, one each, and offers the third lead the next', async () => {
    await world.addCloser('Bia')
    const leads = []
    for (const name of ['Ana Souza', 'Rui Lima', 'Eva Reis'])
      leads.push(await world.capture({ ...ANA, name, email: `${name.split(' ')[0]}@${name.split(' ')[1]}-solar.com.br`, phone: `+55119876543${leads.length}1` })) // prettier-ignore
    await world.days(1)
    for (const { leadId } of leads) await world.reply(leadId, 'Sim, podemos conversar!')
    await world.rest()
    const rows = await world.rows<{ starts_at: Date; owner_id: string }>('select starts_at, owner_id from meetings order by starts_at, owner_id') // prettier-ignore
    const hour = Date.parse('2026-03-03T14:00:00Z')
    expect(rows.map(({ starts_at }) => starts_at.getTime() - hour)).toEqual([0, 0, 1_800_000])
    expect(new Set(rows.slice(0, 2).map(({ owner_id }) => owner_id)).size).toBe(2)
  })

  it('whose deal is reopened talks again in person: no nurturing, and onboarding begins once when it is won', async () => {
    const { leadId, meeting } = await booked()
    await world.days(0.12) // just before noon
    await held(meeting.id)
    await world.days(0.88)
    const [deal] = await world.deals(leadId)
    const move = async (stage: 'LOST' | 'NEGOTIATION' | 'WON', lostReason?: string) => {
      await moveDeal(world.core, world.workspaceId, { id: deal!.id, stage, lostReason }, BY_HAND)
      await world.rest()
    }
    await move('LOST', 'sem orçamento')
    expect((await world.lead(leadId)).status).toBe('NURTURING')
    await world.days(10)
    await move('NEGOTIATION')
    expect((await world.lead(leadId)).status).toBe('QUALIFIED')
    await world.days(40)
    expect(await world.written(leadId)).toHaveLength(2) // nothing since the confirmation

    await move('WON')
    await move('NEGOTIATION')
    expect(await notices()).toMatchObject([
      { title: 'Negócio reaberto: Ana Souza' },
      { title: 'Negócio ganho foi reaberto: Ana Souza' },
    ])
    await move('WON')
    await world.days(1)
    expect((await world.lead(leadId)).status).toBe('CONVERTED')
    expect((await subjects(world, leadId)).slice(2)).toEqual(['Bem-vindo à TRAE OS: vamos começar'])
    expect(await world.rows('select 1 from customers')).toHaveLength(1)
  })

  it('who changes the playbook in the middle goes on with each lead as it was begun, and writes nothing twice', async () => {
    const source = await readFile(join(PLAYBOOKS, 'qualify-lead.yaml'), 'utf8')
    const { leadId: ana } = await world.capture()
    await world.days(1)
    try {
      await publishPlaybook(world.core, world.workspaceId, source.replaceAll('timeout: 5d', 'timeout: 2d'))
      const { leadId: bob } = await world.capture({ ...ANA, name: 'Bob Reis', email: 'bob@reis-ltda.com.br', phone: '+5511911112222' }) // prettier-ignore
      await world.days(3)
      expect(await subjects(world, ana)).toEqual(['Recebemos o seu contato'])
      expect(await subjects(world, bob)).toHaveLength(2)
      await world.days(4) // the fifth day was a Saturday: it is written on Monday
      expect(await subjects(world, ana)).toHaveLength(2)
    } finally {
      await publishPlaybook(world.core, world.workspaceId, source)
    }
  })

  it('who meets the same person under another e-mail knows them, and goes on where they were', async () => {
    const { leadId } = await booked()
    const back = await world.capture({ ...ANA, name: 'ana souza', email: 'ana.souza@gmail.com' })
    expect(back).toMatchObject({ leadId, created: false })
    await world.days(5)
    expect(await world.written(leadId)).toHaveLength(2) // no second first contact
    const told = (await notices()).filter(({ title }) => title === 'Ana Souza entrou em contato de novo')
    expect(told).toHaveLength(1)
    expect(await world.lead(leadId)).toMatchObject({
      email: 'ana.souza@gmail.com',
      data: { otherEmails: ['ana@acme-solar.com.br'] },
    })
    // the address of before still finds them
    expect(await world.capture()).toMatchObject({ leadId, created: false })
  })

  it('takes two people with one phone for two, and the silence that one asks for is not the other’s', async () => {
    const { leadId: ana } = await world.capture()
    const { leadId: rui } = await world.capture({ ...ANA, name: 'Rui Lima', email: 'rui@acme-solar.com.br' })
    expect(rui).not.toBe(ana)
    await world.days(1)
    await world.reply(ana, 'Descadastrar')
    await world.days(7)
    expect(await world.written(ana)).toHaveLength(1)
    expect((await world.written(rui)).map(({ body }) => body.split('\n')[0])).toEqual(['Olá, Rui!', 'Olá, Rui!'])
    await world.reply(rui, 'Sim')
    await world.rest()
    expect(await world.meetings(rui)).toHaveLength(1)
    expect(await world.meetings(ana)).toHaveLength(0)
  })

  it('leaves a lead in Manaus alone on Tiradentes, and writes the day after when it is nine in Manaus', async () => {
    await world.reset(new Date('2026-04-16T13:00:00Z')) // the fifth day from here is the holiday
    const manaus = { ...ANA, phone: '+5592987654321' }
    const { leadId } = await world.capture(manaus)
    await world.days(5.5)
    expect(await world.written(leadId)).toHaveLength(1)
    await world.days(1)
    const reminder = (await world.written(leadId))[1]!
    expect(reminder.createdAt >= '2026-04-22T13:00:00' && reminder.createdAt < '2026-04-22T13:15:00').toBe(true)
  })

  it('offers no meeting on a holiday', async () => {
    await world.reset(new Date('2026-04-20T20:00:00Z'))
    const { leadId } = await world.capture()
    await world.rest()
    await world.reply(leadId, 'Sim')
    await world.rest()
    expect((await world.meetings(leadId))[0]!.startsAt).toBe('2026-04-22T12:00:00.000Z')
  })

  it('whose clock is set back sends nothing again, and what is due once, when its time has come', async () => {
    const { leadId } = await world.capture()
    await world.days(4)
    world.clock.to(new Date(MONDAY.getTime() - 86_400_000))
    await world.rest()
    await world.days(7.9) // the fifth day from the beginning was a Saturday
    expect(await world.written(leadId)).toHaveLength(1)
    await world.days(0.2)
    expect((await world.written(leadId)).map(({ channel }) => channel)).toEqual(['email', 'whatsapp'])
    await world.reply(leadId, 'Sim')
    await world.rest()
    expect(await world.meetings(leadId)).toHaveLength(1)
  })
})

describe('while a vendor is down for a day', () => {
  let world: SalesWorld
  let down = false
  const asked: string[] = []
  beforeAll(async () => {
    world = await openSalesWorld({
      resolve: () => Promise.resolve([{ address: '192.0.2.1', family: 4 }]),
      farSide: request => {
        asked.push(request.url)
        return Promise.resolve({ statusText: '', headers: {}, ...(down ? AWAY : hubspot(request.body)) })
      },
    })
    const { core, workspaceId } = world
    const installation = await installPlugin(core, {
      workspaceId,
      from: { kind: 'built-in', path: join(DIST, 'plugins/hubspot') },
      grant: 'all-declared',
    })
    await core.plugins.load(workspaceId)
    await connectForTest(core, { workspaceId, userId: newId<UserId>() }, installation, { 'private-app': { token: 'pat-na1-12345678' } }) // prettier-ignore
    await core.sql.transaction(tx => storeBinding(tx, workspaceId, 'crm', [{ pluginId: 'hubspot', account: null, condition: null }], { now: core.clock.now() })) // prettier-ignore
    await core.plugins.invalidate(workspaceId)
  })
  beforeEach(() => {
    down = false
    asked.length = 0
    return world.reset()
  })
  afterAll(() => world?.close())

  it('no lead is lost: each waits for the CRM, and is written to once when that is back', async () => {
    down = true
    const { leadId } = await world.capture()
    await world.days(1)
    expect(await world.written(leadId)).toEqual([])
    expect(await world.rows('select status from runs where subject_id = $1 and finished_at is null', [leadId])).toEqual(
      [{ status: 'retrying' }],
    )
    const tries = asked.length
    expect(tries).toBeGreaterThan(5)
    expect(tries).toBeLessThan(60) // it does not hammer a vendor who lies on the ground
    down = false
    await world.days(0.2)
    expect((await world.written(leadId)).map(({ subject }) => subject)).toEqual(['Recebemos o seu contato'])
    expect((await world.lead(leadId)).status).toBe('QUALIFIED')
    await world.reply(leadId, 'Sim')
    await world.rest()
    expect(await world.meetings(leadId)).toHaveLength(1)
    expect(await world.rows(`select 1 from activities where kind = 'SCORED'`)).toHaveLength(1)
  })
})

const AWAY = { status: 503, body: '{}' }
/** As much of HubSpot as a contact needs. */
function hubspot(body: string | undefined) {
  const { inputs = [] } = JSON.parse(body ?? '{}') as { inputs?: { id: string; properties: object }[] }
  const at = { createdAt: '2026-03-02T12:00:00Z', updatedAt: '2026-03-02T12:00:00Z' }
  return { status: 200, body: JSON.stringify({ results: inputs.map(({ properties }) => ({ id: '1', new: true, properties, ...at })) }) } // prettier-ignore
}

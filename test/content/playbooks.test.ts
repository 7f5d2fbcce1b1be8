import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import type { Playbook } from '../../core/playbooks/playbook.ts'
import type { Context } from '../../core/sdk/context.ts'
import { ACTIONS, builtInCatalog } from './catalog.ts'
import { translatorOf } from './translate.ts'
import { type Walk, walkPlaybook } from './walk-playbook.ts'

const catalog = builtInCatalog()
const sourceOf = (id: string) => readFile(join(import.meta.dirname, `../../playbooks/${id}.yaml`), 'utf8')

describe.each([
  'qualify-lead',
  'handoff-to-closer',
  'nurture-lead',
  'open-deal',
  'convert-lead',
  'onboard-customer',
  'watch-health',
  'help-customer',
  'suggest-upsell',
  'watch-meeting',
  'lose-deal',
  'reopen-deal',
  'attribute-lead',
  'follow-up-proposal',
  'follow-up-call',
  'weekly-report',
  'month-focus',
])('playbook %s', id => {
  test('compiles without a single finding', async () => {
    const { playbook, diagnostics } = compilePlaybook(await sourceOf(id), catalog, { file: `${id}.yaml` })
    expect(diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`)).toEqual([])
    expect(playbook?.id).toBe(id)
  })

  test('would not with a typing error in it', async () => {
    const planted = (await sourceOf(id)).replace(/steps\.\w+\.output\.\w+|event\.leadId/, '$&x')
    expect(compilePlaybook(planted, catalog).diagnostics).not.toEqual([])
  })
})

const LEAD = '01957d3a-0000-7000-8000-000000000000'
const MEETING = '01957d3a-0000-7000-8000-000000000001'
const director = {
  id: LEAD,
  name: 'Ana Souza',
  email: 'ana@acme-solar.com.br',
  phone: '+5511987654321',
  company: null,
  jobTitle: 'Diretora Comercial',
  source: 'WEBSITE',
  locale: 'pt-BR',
  status: 'NEW',
  score: null,
  scoreFactors: [],
  data: { companySize: '51-200' },
  utm: {},
  consent: {},
  unsubscribed: false,
  emailBounced: false,
  phoneOptedOut: false,
}
const onlyAName = { ...director, email: 'joao@gmail.com', phone: null, jobTitle: null, data: {} }

interface Sent {
  readonly to: string
  readonly subject: string
  readonly body: string
  readonly leadId?: string
}

/** Walks a playbook with our own actions over records that this test keeps in memory. */
async function play(
  id: string,
  options: { lead?: object; replies?: (string | undefined)[]; calendarFull?: boolean } = {},
) {
  const lead: Record<string, unknown> = { ...director, ...options.lead }
  const sent: Sent[] = []
  const notes: { kind: string; summary: string }[] = []
  const notices: { title: string; body?: string }[] = []
  const records = {
    leads: {
      get: async () => lead,
      update: async ({ patch }: { patch: object }) => Object.assign(lead, patch),
      assign: async () => ({}),
    },
    messages: {
      queue: async (message: Sent) => ({ id: `${sent.push(message)}`, sentAt: '2026-03-02T12:00:00Z' }),
      send: async (message: Sent) => ({ id: `${sent.push(message)}`, sentAt: '2026-03-02T12:00:00Z' }),
      thread: async () => [],
    },
    meetings: {
      free: async () =>
        options.calendarFull ? [] : [{ startsAt: '2026-03-05T13:00:00.000Z', endsAt: '2026-03-05T13:30:00.000Z' }],
      schedule: async ({ startsAt, endsAt }: { startsAt: string; endsAt: string }) => ({
        id: MEETING,
        startsAt,
        endsAt,
      }),
      attachBriefing: async () => ({ id: MEETING }),
    },
    activities: {
      list: async () => [],
      add: async (note: { kind: string; summary: string }) => ({ id: `${notes.push(note)}` }),
    },
    notices: {
      add: async (notice: { title: string; body?: string }) => ({
        id: `${notices.push(notice)}`,
        sentAt: '2026-03-02T12:00:00Z',
      }),
    },
    team: { closer: async () => ({ name: 'Bia', email: 'bia@trae.example' }) },
  }
  const act = async (uses: string, input: Record<string, unknown>) => {
    const { plugin, action } = ACTIONS.get(uses)!
    const ctx = {
      locale: lead['locale'],
      timeZone: 'America/Sao_Paulo',
      now: Date.parse('2026-03-02T12:00:00Z'),
      workspace: { id: 'w', name: 'Acme', timeZone: 'America/Sao_Paulo', locale: 'pt-BR' },
      t: translatorOf(plugin.messages, String(lead['locale'])),
      log: { debug() {}, info() {}, warn() {}, error() {} },
      records,
      llm: { generate: () => Promise.reject(Object.assign(new Error('No model is connected.'), { code: 'NO_MODEL' })) },
    } as unknown as Context
    return action.output.parse(await action.run(action.input.parse(JSON.parse(JSON.stringify(input))), ctx))
  }
  const replies = (options.replies ?? []).map(text =>
    text === undefined ? undefined : { leadId: LEAD, messageId: MEETING, inReplyTo: null, subject: 'Re:', text },
  )
  const event = { type: 'x', lead, leadId: LEAD, meetingId: MEETING, startsAt: '2026-03-05T13:00:00Z', score: 70 }
  const walk: Walk = await walkPlaybook((compilePlaybook(await sourceOf(id), catalog).playbook as Playbook)!, {
    event,
    lead,
    act,
    replies,
  })
  return { ...walk, lead, sent, notes, notices, events: walk.emitted.map(({ event }) => event) }
}

describe('qualify-lead', () => {
  test('takes a good lead that says yes to a meeting', async () => {
    const { output, lead, sent, events } = await play('qualify-lead', { replies: ['Sim, podemos conversar!'] })
    expect(output).toEqual({ outcome: 'scheduled', meetingId: MEETING })
    expect(lead).toMatchObject({
      status: 'QUALIFIED',
      score: 78,
      data: { enrichment: { state: 'SP', seniority: 'director' } },
    })
    expect(sent.map(({ subject }) => subject)).toEqual([
      'Recebemos o seu contato',
      expect.stringMatching(/^Reunião confirmada: /),
    ])
    expect(events).toEqual(['lead.qualified', 'meeting.scheduled'])
  })

  test('nurtures who scores below 60 and writes nothing to them', async () => {
    const { output, lead, sent, events } = await play('qualify-lead', { lead: onlyAName })
    expect({ output, sent, events }).toEqual({ output: { outcome: 'nurtured' }, sent: [], events: ['lead.nurtured'] })
    expect(lead['status']).toBe('NURTURING')
  })

  test('reminds once, and then lets go', async () => {
    const { output, sent, lead, events } = await play('qualify-lead', { replies: [undefined, undefined] })
    expect(output).toEqual({ outcome: 'nurtured', reason: 'no-answer' })
    expect(sent).toHaveLength(2)
    expect(lead['status']).toBe('NURTURING')
    expect(events).toEqual(['lead.qualified', 'lead.nurtured'])
  })

  test('takes the answer to the reminder', async () => {
    expect((await play('qualify-lead', { replies: [undefined, 'Vamos marcar'] })).output).toMatchObject({
      outcome: 'scheduled',
    })
  })

  test.each([
    ['Não tenho interesse', { outcome: 'disqualified', reason: 'negative' }, false],
    ['Descadastrar', { outcome: 'disqualified', reason: 'unsubscribe' }, true],
  ])('disqualifies on %j', async (reply, wanted, unsubscribed) => {
    const { output, lead, sent } = await play('qualify-lead', { replies: [reply] })
    expect(output).toEqual(wanted)
    expect(lead).toMatchObject({ status: 'DISQUALIFIED', unsubscribed })
    expect(sent).toHaveLength(1)
  })

  test.each([
    ['Quanto custa?', 'question'],
    ['Talvez', 'unclear'],
  ])('calls a person on %j', async (reply, reason) => {
    const { output, notices } = await play('qualify-lead', { replies: [reply] })
    expect(output).toEqual({ outcome: 'needs-a-person', reason })
    expect(notices).toMatchObject([{ leadId: LEAD, urgent: true, body: expect.stringContaining(reply) as unknown }])
  })

  test('calls a person when the calendar is full, or a good lead cannot be written to', async () => {
    const full = await play('qualify-lead', { replies: ['Sim'], calendarFull: true })
    expect(full.output).toEqual({ outcome: 'needs-a-person', reason: 'no-slot' })
    expect(full.notices).toMatchObject([{ title: 'Ana Souza quer conversar: marque a reunião' }])
    const phoneOnly = {
      email: null,
      phone: '+551130001000',
      company: 'Acme',
      data: { companySize: '51-200', message: 'Preciso de um orçamento' },
    }
    const unreachable = await play('qualify-lead', { lead: phoneOnly })
    expect(unreachable.output).toEqual({ outcome: 'needs-a-person', reason: 'unreachable' })
    expect(unreachable.notices).toMatchObject([{ title: 'Não há como escrever a Ana Souza: procure outro caminho' }])
  })

  test('leaves who is in a conversation already to the people', async () => {
    const { output, sent, notices } = await play('qualify-lead', { lead: { status: 'QUALIFIED' } })
    expect(output).toEqual({ outcome: 'needs-a-person', reason: 'already-known' })
    expect(sent).toEqual([])
    expect(notices).toMatchObject([{ title: 'Ana Souza entrou em contato de novo', leadId: LEAD }])
  })

  test('writes to the lead in its own language', async () => {
    const { sent, lead } = await play('qualify-lead', { lead: { locale: 'en' }, replies: ['Yes, let’s talk'] })
    expect(sent.map(({ subject }) => subject)).toEqual([
      'Thank you for getting in touch',
      expect.stringMatching(/^Meeting confirmed: /),
    ])
    expect(JSON.stringify(lead['scoreFactors'])).toContain('Left a phone number')
  })
})

describe('handoff-to-closer', () => {
  test('tells the closer whose turn it is, outside of the lead’s thread', async () => {
    const { output, sent, notes, events } = await play('handoff-to-closer')
    expect(output).toEqual({ closer: 'bia@trae.example' })
    expect(sent).toMatchObject([
      { to: 'bia@trae.example', subject: expect.stringContaining('Briefing: Ana Souza') as unknown },
    ])
    expect(sent[0]!.leadId).toBeUndefined()
    expect(notes).toMatchObject([{ kind: 'HANDOFF', summary: 'Ana Souza foi passado para Bia.' }])
    expect(events).toEqual(['lead.handed-off'])
  })
})

describe('nurture-lead', () => {
  const nurturing = { status: 'NURTURING' }
  test.each([
    [{ lead: nurturing, replies: [undefined] }, { outcome: 'no-answer' }, 'NURTURING', 1],
    [
      { lead: nurturing, replies: ['Sim, vamos conversar'] },
      { outcome: 'needs-a-person', reason: 'positive' },
      'QUALIFYING',
      1,
    ],
    [
      { lead: nurturing, replies: ['Não, obrigado'] },
      { outcome: 'disqualified', reason: 'negative' },
      'DISQUALIFIED',
      1,
    ],
    [{ lead: nurturing, replies: ['sair'] }, { outcome: 'disqualified', reason: 'unsubscribe' }, 'DISQUALIFIED', 1],
    [{ lead: { ...nurturing, unsubscribed: true } }, { outcome: 'not-needed' }, 'NURTURING', 0],
  ])('%j', async (options, wanted, status, messages) => {
    const { output, lead, sent, events } = await play('nurture-lead', options)
    expect(output).toEqual(wanted)
    expect(lead['status']).toBe(status)
    expect(sent).toHaveLength(messages)
    expect(events).toEqual([]) // it starts no other round
  })
})
